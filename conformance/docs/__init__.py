"""Living documentation: an API reference in which every statement carries its verdict, as a folder
of static pages.
"""
