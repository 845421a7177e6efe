"""Contract testing generated from specs: does a server keep what its documentation promises?"""
