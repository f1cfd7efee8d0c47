"""Every interleaving of the shipping step functions is safe, and every mutant of them is not.

States and transitions of each run are recorded as test properties (`pytest --junit-xml`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as with_fields

from semper_host.exchange import fair_exchange, held_money, initiator, kinds, messages, responder, trustee
from semper_host.exchange.case import Generated
from semper_host.exchange.events import Received, Send, Withdraw
from semper_host.exchange.messages import Body
from semper_host.exchange.primitives import digest
from semper_host.exchange.requests import Answer, Request
from semper_host.exchange.state import Phase
from semper_host.model.encoding import encode
from semper_host.model.holds import HELD, Held
from tests.protocol.adversary import HOLD, WRONG_KEY, Session, session
from tests.protocol.explorer import Explorer, Violation
from tests.protocol.world import every_kind

Record = Callable[[str, object], None]


@pytest.mark.parametrize("kind", list(every_kind()))
@pytest.mark.parametrize("honest", ["ab", "a", "b"])
def test_no_schedule_harms_an_honest_party(kind: str, honest: str, record_property: Record) -> None:
    explored = Explorer((session(kind, honest),)).run()
    assert explored.complete
    record_property("states", explored.states)
    record_property("transitions", explored.transitions)


@pytest.mark.parametrize("kind", list(every_kind()))
def test_what_was_said_in_one_exchange_harms_nobody_in_another(kind: str, record_property: Record) -> None:
    """Two exchanges with the same keys; the adversary is the responder of one and the initiator of the other."""
    explored = Explorer((session(kind, "a", "one"), session(kind, "b", "two")), limit=4_000).run()
    record_property("states", explored.states)
    record_property("transitions", explored.transitions)


@pytest.mark.deep
@pytest.mark.parametrize("kind", list(every_kind()))
@pytest.mark.parametrize("honest", [("a", "a"), ("b", "b"), ("a", "b"), ("ab", "a"), ("ab", "b")])
def test_two_exchanges_explored_deeply(kind: str, honest: tuple[str, str], record_property: Record) -> None:
    explored = Explorer((session(kind, honest[0], "one"), session(kind, honest[1], "two")), limit=150_000).run()
    record_property("states", explored.states)
    record_property("transitions", explored.transitions)


# --- mutants: each takes one rule out of the shipping code, and must be found

Patch = pytest.MonkeyPatch
MUTANTS: dict[str, tuple[str, str, Callable[[Patch], None]]] = {}


def mutant(kind: str, honest: str) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    def enter(patch: Callable[[Patch], None]) -> Callable[[Patch], None]:
        MUTANTS[patch.__name__] = (kind, honest, patch)
        return patch

    return enter


def replace_handler(patch: Patch, table: Any, place: Any, handler: Callable[..., Any]) -> None:
    patch.setitem(table, place, handler)


@mutant("fair-purchase", "a")
def initiator_continues_after_abort(patch: Patch) -> None:
    replace_handler(patch, initiator.TABLE, (Phase.ABORTING, Received), initiator.take_m2)


@mutant("contract", "a")
def initiator_continues_a_contract_after_abort(patch: Patch) -> None:
    replace_handler(patch, initiator.TABLE, (Phase.ABORTING, Received), initiator.take_m2)


@mutant("fair-purchase", "a")
def message_2_is_accepted_and_3_sent_after_t2(patch: Patch) -> None:
    owed = fair_exchange.owed

    def always(context: Any, state: Any) -> Any:
        return tuple(with_fields(each, until=None) if isinstance(each, Send) else each for each in owed(context, state))

    patch.setattr(fair_exchange, "owed", always)
    late = lambda context, state, event, now: initiator.take_m2(context, state, event, 0)  # noqa: E731
    replace_handler(patch, initiator.TABLE, (Phase.OFFERED, Received), late)


@mutant("fair-purchase", "b")
def responder_gives_up(patch: Patch) -> None:
    replace_handler(patch, responder.TABLE, (Phase.COMMITTED, Withdraw), responder.quit_early)


@mutant("contract", "a")
def buyer_may_abort(patch: Patch) -> None:
    check = trustee._check_request

    def lenient(case: Any, asked: Request, m1: Any) -> Any:
        return None if asked.abort is not None else check(case, asked, m1)

    patch.setattr(trustee, "_check_request", lenient)


@mutant("fair-purchase", "b")
def trustee_skips_the_escrow_check(patch: Patch) -> None:
    def trusting(case: Any, m1: Any, m2: Any) -> Generated:
        return Generated(sealed=case.crypto.seal(case.label.responder.sealing, WRONG_KEY, case.id))

    patch.setitem(kinds.RULES, "fair-purchase", replace(kinds.RULES["fair-purchase"], generate=trusting))


@mutant("fair-purchase", "a")
def trustee_skips_the_hold_check(patch: Patch) -> None:
    patch.setitem(kinds.RULES, "fair-purchase", replace(kinds.RULES["fair-purchase"], check_m2=lambda case, m2: HOLD))


@mutant("fair-purchase", "a")
def hold_expires_early(patch: Patch) -> None:
    def careless(case: Any, signed: bytes) -> bytes:
        return Held.decode(case.crypto.open(signed, HELD, case.label.holds[0].system)).hold

    patch.setattr(held_money, "check_held", careless)


@mutant("fair-purchase", "a")
def key_is_handed_out_before_released(patch: Patch) -> None:
    stand = trustee._stand

    def hasty(label: Any, row: Any, **more: Any) -> Any:
        judgement = stand(label, row, **more)
        return replace(judgement, answer=judgement.answer or encode(Answer(row.decision)))

    patch.setattr(trustee, "_stand", hasty)


@mutant("fair-purchase", "b")
def nobody_delivers_release(patch: Patch) -> None:
    stand = trustee._stand
    patch.setattr(trustee, "_stand", lambda label, row, **more: replace(stand(label, row, **more), effects=()))


@mutant("fair-purchase", "a")
def swapped_escrow_convicts_an_honest_seller(patch: Patch) -> None:
    patch.setattr(messages, "_check_attachments", lambda message, body, data, elided: None)


@pytest.mark.parametrize("name", list(MUTANTS))
def test_every_mutant_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, honest, patch = MUTANTS[name]
    explorer = Explorer((session(kind, honest),), limit=20_000)
    patch(monkeypatch)
    with pytest.raises(Violation):
        explorer.run()


def test_a_trustee_that_forgets_is_found() -> None:
    """Stands also for a trustee that answers before its row is durable: after the crash the row is not there."""
    with pytest.raises(Violation, match="contract that the initiator has not"):
        Explorer((session("contract", "a"),), forgetful=True).run()


def test_a_label_left_out_of_what_is_signed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inconsistent versions and replay, as Shmatikov and Mitchell found in the protocol of 1998."""
    sessions = (session("contract", "ab", "one"), session("contract", "ab", "two"))
    assert not find(sessions)

    def without_label(crypto: Any, data: bytes, number: int, label: bytes, signer: bytes, **more: Any) -> Any:
        message = messages.parse(data)
        payload = crypto.open(message.signed, messages.KINDS.get(number, ""), signer)
        return messages.Opened(digest(message.signed), message.attachments, Body.decode(payload).attachments)

    for module in (initiator, responder, fair_exchange, trustee):
        monkeypatch.setattr(module, "read", without_label)
    assert find(sessions)


def find(sessions: tuple[Session, ...]) -> str:
    try:
        Explorer(sessions, limit=20_000).run()
    except Violation as violation:
        return str(violation)
    return ""
