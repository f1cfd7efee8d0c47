"""The kinds of exchange that this host knows: one file each, all in one table."""

from __future__ import annotations

from semper_host.exchange.case import Case, Rules
from semper_host.exchange.kinds import contract, fair_purchase, payment_receipt
from semper_host.exchange.labels import MAX_LABEL, Label, check_label
from semper_host.exchange.primitives import Crypto, digest
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated

RULES: dict[str, Rules] = {each.RULES.kind: each.RULES for each in (contract, fair_purchase, payment_receipt)}
"""Every kind of exchange by the name that labels and terms give it."""


def open_case(label: Label, crypto: Crypto) -> tuple[Case, Rules]:
    """Return the case of an acceptable label and the rules of its kind. Raises PeerDeviated as `check_label` does."""
    check_label(label, crypto)
    rules = RULES.get(label.kind)
    if rules is None:
        raise PeerDeviated("VERSION_UNSUPPORTED", f"cannot join the exchange: its kind {label.kind!r} is unknown")
    rules.check_label(label)
    preimage = encode(label)
    if len(preimage) > MAX_LABEL:
        raise PeerDeviated("PEER_DEVIATED", "cannot join the exchange: its label is too long")
    return Case(label, preimage, digest(preimage), crypto), rules
