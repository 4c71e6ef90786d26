"""The index of a directory file: what it says, ready to be looked up, and never trusted.

It can be deleted at any time. What its key does not prove, or what leaves any doubt, is no index,
and the file is read whole.
"""
