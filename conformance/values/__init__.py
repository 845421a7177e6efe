"""The makers of values for schemas: drawn, plain, unique, invalid in one keyword, repaired.

The compiled validator of its schema checks each value before it is returned.
"""
