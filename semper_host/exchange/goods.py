"""Information for sale: editions with their roots, the keys that open them, and what convicts a giver that lied."""

from __future__ import annotations

from semper_host.model.encoding import Record

MAX_PARTS = 64
"""Editions at most in one item."""
MAX_ESCROW = 256
"""Bytes of a sealed key at most."""
KEY, CONTENT_KEY, CONVICTION = "fair-purchase.key", "fair-purchase.content-key", "fair-purchase.conviction"
"""The taker's gains: k1; the content key of each part, in the order of the goods; or what convicts the giver."""


class Part(Record, frozen=True):
    """One edition among the goods: its name, the root that fixes its bytes, and SHA-256 of its content key."""

    name: str
    root: bytes
    key_hash: bytes


class Goods(Record, frozen=True):
    """What is given; SHA-256 of its encoding is the digest of the label's item."""

    parts: tuple[Part, ...]


class Conviction(Record, frozen=True):
    """With the giver's message: the two keys under which W does not give what the goods promise."""

    label: bytes
    first: bytes
    second: bytes
