"""What an API promises: documents, overlays and statements become one `Contract` with claims.

A contract is immutable. Each claim is a testable consequence of what the documents say.
"""
