"""The client generator: from a contract a plan, from the plan the source of an installable
package.
"""
