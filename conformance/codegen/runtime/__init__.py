"""What every generated package carries along: these modules are copied into it as they are, so they
import nothing of ours.
"""
