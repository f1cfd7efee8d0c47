"""Attacks on what pays in a deal: a hold that proves nothing, and an approval that is used up twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.commerce import swap_money
from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import StepSpec
from semper_host.exchange.state import Role
from semper_host.exchange.transfer import Parcel
from semper_host.host.buyer_effects import MANDATES, BuyerEffects
from semper_host.host.exchange_effects import SEVERAL
from semper_host.model.encoding import encode
from semper_host.model.holds import HELD, Held
from semper_host.model.money import Money
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.trusted_ui.mandate import KIND, Mandate
from tests.commerce.test_exchanges_of_terms import swap
from tests.protocol.world import BUYER, MINT, Keys, refused
from tests.protocol.world import START as THEN

OWN = Keys.of("a trustee that the payer made up")


def paying() -> tuple[Plan, StepSpec]:
    """The plan of whoever is paid in an exchange by two transfers, and its step."""
    one, first, other, second = swap(["info.course"], ["money.euros"], "fair-purchase", "weak")
    return (one, first) if first.gets[0].family == "money" else (other, second)


def payment(plan: Plan, spec: StepSpec, **changes: Any) -> bytes:
    """What is handed over for the money: the bank's word on a hold, and the payer's right to collect it."""
    giver = next(role for role in Role if role is not plan.role_in(spec))
    paid, name = swap_money.paid_by(plan, spec, giver), swap_money.name_for(plan, spec, giver)
    assert paid is not None
    assert paid.item.amount is not None
    held = Held(
        name, b"h" * 16, paid.payee.account, paid.item.amount, THEN + 7200, plan.peer.signing, plan.me.signing,
        plan.trustee.signing, paid.payee.system, b"r" * 32,
    )  # fmt: skip
    payer = BUYER if plan.peer == BUYER.party else OWN
    signed = MINT.crypto.sign(encode(replace(held, **changes)), HELD)
    return encode(Parcel(name, swap_money.payment(payer.crypto, name, signed, MINT.signing.public)))


def test_a_payment_that_the_payers_own_trustee_could_void_is_not_taken() -> None:
    plan, spec = paying()
    swap_money.check_payment(plan, spec, payment(plan, spec), THEN)
    with refused("HOLD_INVALID"):
        swap_money.check_payment(plan, spec, payment(plan, spec, trustee=OWN.signing.public), THEN)


@pytest.mark.parametrize("left", [0, 1, swap_money.LEAST_LEFT - 1])
def test_a_payment_that_runs_out_before_anybody_can_collect_it_is_not_taken(left: int) -> None:
    plan, spec = paying()
    with refused("HOLD_INVALID"):
        swap_money.check_payment(plan, spec, payment(plan, spec, expiry=THEN + left), THEN)


@pytest.fixture
def covered(tmp_path: Path) -> Iterator[Callable[[str, int], str]]:
    """What the buyer's host says to a payment of so many cents in a step; 100 were approved."""
    steps = ("agree", "pay", "pay#1", "pay#2", "month#1.2")
    mandate = Mandate(b"D" * 32, steps, Money(100, "EUR"), "seller", THEN + 10, b"s" * 32)
    archive = Archive.open(tmp_path / "archive", bytes(range(32)))
    signed = cose.sign1(encode(mandate), KIND, BUYER.signing)
    archive.commit(lambda tx: archive.keep(tx, MANDATES, mandate.deal.hex(), signed))
    plan = SimpleNamespace(me=BUYER.party)
    business: Any = SimpleNamespace(deal=mandate.deal, offer=SimpleNamespace(seller="seller"), plan=plan)
    home: Any = SimpleNamespace(archive=archive)
    unused: Any = None
    effects = BuyerEffects(home, unused, unused, unused, lambda: THEN)
    yield lambda use, cents: effects._cover(business, use, Money(cents, "EUR"))
    archive.close()


def test_every_round_of_a_circle_and_each_of_several_amounts_uses_up_the_approval(
    covered: Callable[[str, int], str],
) -> None:
    for use in ("pay", f"pay{SEVERAL}1", "pay#1", "pay#2", f"pay#1{SEVERAL}1"):
        assert covered(use, 20) == ""
        assert covered(use, 20) == ""  # again, it is the same payment
    assert "exceeds the approved" in covered("month#1.2", 1)
    assert "was not approved" in covered("other#1", 0)
