"""Every interleaving of two transfers leaves nobody honest with a part, or without what evidence it was promised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from semper_host.exchange import transfer, two_transfers
from semper_host.exchange.items import Token
from semper_host.exchange.state import DONE, Role
from semper_host.model.errors import PeerDeviated
from semper_host.model.security import Fairness
from tests.protocol.explorer import Violation
from tests.protocol.swaps import Shape, SwapExplorer

BOTH = (Role.INITIATOR, Role.RESPONDER)
NONE, ORIGIN = Fairness.NONE, (transfer.ORIGIN,)
SHAPES = {
    "weak": Shape(1, 1),
    "weak-package": Shape(2, 2),
    "weak-package-left": Shape(3, 1),
    "weak-package-right": Shape(1, 3),
    "weak-package-open": Shape(2, 2, fixed=False),
    "none": Shape(1, 1, NONE, ORIGIN),
    "none-package": Shape(2, 2, NONE, ORIGIN),
    "none-package-bare": Shape(2, 2, NONE, ()),
    "none-package-open": Shape(2, 1, NONE, ORIGIN, fixed=False),
}
Record = Callable[[str, object], None]


@pytest.mark.parametrize("honest", [BOTH, BOTH[:1], BOTH[1:]], ids=["ab", "a", "b"])
@pytest.mark.parametrize("shape", list(SHAPES))
def test_no_schedule_of_two_transfers_harms_an_honest_party(
    shape: str, honest: tuple[Role, ...], record_property: Record
) -> None:
    explored = SwapExplorer(SHAPES[shape], honest).run()
    record_property("states", explored.states)
    record_property("transitions", explored.transitions)
    print(f"{shape} {explored.states} states, {explored.transitions} transitions")
    assert any(all(seat.outcome == DONE for seat in each.seats) for each in explored.finished)


def parts_will_do(context: Any, said: Any) -> Any:
    pairs = zip(context.theirs, said.parcels, strict=False)
    return [transfer.take(each, context.crypto, parcel) for each, parcel in pairs]


def any_order_will_do(context: Any, said: Any) -> Any:
    taken = []
    for parcel in said.parcels:
        for each in context.theirs:
            try:
                taken.append(transfer.take(each, context.crypto, parcel))
                break
            except Exception:  # a mutant
                continue
    if len(taken) != len(context.theirs):
        raise PeerDeviated("PEER_DEVIATED", "cannot take it")
    return taken


def some_receipts_will_do(context: Any, state: Any, receipts: Any) -> Any:
    return tuple(Token(two_transfers.RECEIPT_TOKEN, each) for each in receipts)


def one_affidavit_will_do(context: Any, state: Any, before: Any = two_transfers._affidavits) -> Any:
    return before(context, state)[:1]


MUTANTS: dict[str, tuple[str, Any, Role]] = {
    "half a package is taken": ("_taken", parts_will_do, Role.RESPONDER),
    "the answer's half of a package is taken": ("_taken", parts_will_do, Role.INITIATOR),
    "one item counts twice": ("_taken", any_order_will_do, Role.INITIATOR),
    "a receipt may be missing": ("_checked", some_receipts_will_do, Role.INITIATOR),
    "an item given in vain is not sworn to": ("_affidavits", one_affidavit_will_do, Role.INITIATOR),
}


@pytest.mark.parametrize("name", list(MUTANTS))
def test_what_would_harm_an_honest_party_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, mutant, honest = MUTANTS[name]
    monkeypatch.setattr(two_transfers, where, mutant)
    with pytest.raises(Violation):
        SwapExplorer(SHAPES["weak-package"], (honest,)).run()
