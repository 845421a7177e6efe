"""A mock server that implements a contract and can break single claims on demand."""
