"""The proxy: forwards bytes unchanged between clients and a server, and captures exchanges."""
