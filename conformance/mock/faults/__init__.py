"""Departures of the mock from single claims: one module for each kind of claim, none of which runs
in an honest mock.
"""
