"""Preferences: what a person wants of the host, in one file of the home."""
