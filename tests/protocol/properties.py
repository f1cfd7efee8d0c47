"""Properties that hold of every label; each is a check of its own, so that a mutant can be shown to break it."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from semper_host.exchange.fair_exchange import join
from semper_host.exchange.items import Party
from semper_host.exchange.labels import Label, label_of
from semper_host.exchange.state import Role
from semper_host.model.errors import SemperError
from semper_host.model.money import Money
from tests.protocol.world import BUYER, OTHER, SELLER, TRUSTEE, label_for

ZERO = b"\x00" * 32


def every_nonce_counts() -> None:
    """Two exchanges that differ in a nonce alone have two names."""
    for name in ("nonce_a", "nonce_b"):
        _differs(**{name: b"z" * 16})


def every_role_counts() -> None:
    """So have two in which another key plays a role, also where both swap theirs."""
    for name in ("initiator", "responder", "trustee"):
        _differs(**{name: OTHER.party})
    _differs(initiator=BUYER.party, responder=SELLER.party)


def every_hold_counts() -> None:
    """So have two that differ in what is held, where, for whom or how long."""
    label = label_for("fair-purchase")
    hold = label.holds[0]
    changes: dict[str, Any] = {
        "system": OTHER.signing.public, "payee": "thief", "amount": Money(1, "EUR"), "least_expiry": 2**39
    }  # fmt: skip
    for name, value in changes.items():
        _differs(holds=(replace(hold, **{name: value}),))
    _differs(holds=())


def weak_keys_are_refused() -> None:
    """No party joins under a key for which anybody can sign, or to which nothing can be sealed secretly."""
    good = BUYER.party
    weak = (
        {"responder": Party(ZERO, good.sealing)}, {"responder": Party(good.signing, ZERO)},
        {"initiator": Party(ZERO, good.sealing)}, {"trustee": Party(TRUSTEE.signing.public, ZERO)},
        {"trustee": Party(ZERO, TRUSTEE.sealing.public)},
    )  # fmt: skip
    for change in weak:
        assert _refusal(label_for("contract", **change)) == "SIG_KEY_WEAK", change


def _differs(**changes: Any) -> None:
    label = label_for("fair-purchase")
    assert label_of(replace(label, **changes)) != label_of(label), changes


def _refusal(label: Label) -> str:
    try:
        join(label, Role.INITIATOR, SELLER.crypto)
    except SemperError as error:
        return error.code
    return ""
