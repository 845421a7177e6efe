"""Runtime modules that are copied unchanged into every generated package.

They import nothing of this tool.
"""
