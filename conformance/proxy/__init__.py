"""The proxy: bytes between a client and a server, unchanged, and a copy of them to a listener."""
