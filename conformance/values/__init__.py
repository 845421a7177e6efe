"""Values for schemas: valid ones, and ones that violate exactly one keyword.

Every value is checked by the compiled validator of its schema before it is returned.
"""
