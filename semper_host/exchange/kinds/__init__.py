"""The kinds of exchange that this host knows: one file each, all in one table."""

from __future__ import annotations

from collections.abc import Callable

from semper_host.exchange.case import Case, Rules
from semper_host.exchange.kinds import (
    access,
    contract,
    credentials,
    fair_purchase,
    information,
    joint_contract,
    money_money,
    package,
    payment_receipt,
)
from semper_host.exchange.labels import MAX_LABEL, Label, check_label
from semper_host.exchange.primitives import Crypto, digest
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated

RULES: dict[str, Rules] = {each.RULES.kind: each.RULES for each in (contract, fair_purchase, payment_receipt)}
"""The kinds whose rules are the same for every label, by the name that labels and terms give them."""

COMPOSED: dict[str, Callable[[Label], Rules]] = {
    each.KIND: each.rules_of for each in (money_money, access, information, credentials, package, joint_contract)
}
"""The kinds whose rules follow from the label's items."""

KINDS = (*RULES, *COMPOSED)
"""Every kind of exchange."""


def open_case(label: Label, crypto: Crypto) -> tuple[Case, Rules]:
    """Return the case of an acceptable label and the rules of its kind. Raises PeerDeviated as `check_label` does."""
    check_label(label, crypto)
    rules = _rules_of(label)
    rules.check_label(label)
    preimage = encode(label)
    if len(preimage) > MAX_LABEL:
        raise PeerDeviated("PEER_DEVIATED", "cannot join the exchange: its label is too long")
    return Case(label, preimage, digest(preimage), crypto), rules


def _rules_of(label: Label) -> Rules:
    if label.others is not None and label.kind != joint_contract.KIND:
        raise PeerDeviated("VERSION_UNSUPPORTED", "cannot join the exchange: this kind has two parties")
    if label.kind in RULES:
        if label.and_left is not None or label.and_right is not None:
            raise PeerDeviated("PEER_DEVIATED", f"cannot join the exchange: a {label.kind} has one item a side")
        return RULES[label.kind]
    if label.kind in COMPOSED:
        return COMPOSED[label.kind](label)
    raise PeerDeviated("VERSION_UNSUPPORTED", f"cannot join the exchange: its kind {label.kind!r} is unknown")
