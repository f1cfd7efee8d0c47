"""The composition root: configuration becomes a running host.

Alone among the layers this one knows all the others. It opens homes, obtains and admits bundles, answers
their requests, drives deals and serves the roles (merchant, bank, trustee, repository).
"""
