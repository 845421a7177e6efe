"""Faults: deliberate deviations of the mock server from single claims.

Each module covers one kind of claim. A mock server without a fault runs none of this code.
"""
