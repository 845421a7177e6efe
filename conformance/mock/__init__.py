"""A server that keeps every promise of a contract, and breaks one on demand."""
