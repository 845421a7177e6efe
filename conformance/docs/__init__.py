"""Living documentation: an API reference as a folder of static pages.

Each statement is shown with its verdict.
"""
