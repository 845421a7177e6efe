"""What is promised: documents, overlays and statements read into one immutable contract and the
claims it yields.
"""
