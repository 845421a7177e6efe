"""Carries out runs and yields typed events.

A run has a plan, a session with the target, and a ledger of the items that it created.
"""
