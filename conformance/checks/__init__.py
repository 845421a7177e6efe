"""Checks for every kind of claim: the scenarios to execute and how to evaluate their traces."""
