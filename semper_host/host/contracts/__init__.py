"""Contracts among three and more homes: one invites and serves, the others call out, a trustee stands behind."""
