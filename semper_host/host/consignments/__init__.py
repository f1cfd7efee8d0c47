"""Transfers to several homes: one sends and serves, the recipients call out, take what is theirs and sign for it.

Or the recipients serve, and one that nobody knows calls them.
"""
