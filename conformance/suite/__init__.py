"""A run: the plan, the session with a target, the ledger of what was made there; a typed stream of
events comes out.
"""
