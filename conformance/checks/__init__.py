"""How to find out whether a server keeps a promise: for each kind of claim, a script of calls and a
judge of what came back.
"""
