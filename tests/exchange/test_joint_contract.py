"""A contract of three and more with real keys: everybody's promise, everybody's confirmation, or the trustee's word."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from semper_host.exchange import joint_contract
from semper_host.exchange.events import AskTrustee, Begin, Consent, Decided, Received, Send, Tick, Withdraw
from semper_host.exchange.items import ItemRef
from semper_host.exchange.joint_contract import Signer, Signing
from semper_host.exchange.labels import Label, Seat, make_label
from semper_host.exchange.messages import make, parse
from semper_host.exchange.requests import SUBSTITUTE
from semper_host.exchange.state import Phase
from semper_host.exchange.trustee import Row, judge, resume
from semper_host.model.encoding import encode
from tests.protocol.world import CAST, OTHER, START, T2, T_RESOLVE, TRUSTEE, Keys, hashed, refused

TEXT = b"we all agree"


def label_of_many(parties: int, **changes: object) -> Label:
    keys = [Keys.of(f"party {number}").party for number in range(parties)]
    item = ItemRef("statement", "contract", hashed(TEXT))
    fields: dict[str, object] = {
        "deal": b"D" * 32, "step": "sign", "kind": "joint-contract", "initiator": keys[0], "responder": keys[1],
        "trustee": TRUSTEE.party, "left": item, "right": item, "others": tuple(Seat(key, item) for key in keys[2:]),
        "t2": T2, "t_resolve": T_RESOLVE, "nonce_a": b"a" * 16, "nonce_b": b"b" * 16,
    }  # fmt: skip
    return make_label(**{**fields, **changes})  # type: ignore[arg-type]


class Table:
    """All parties around one table; `deaf` hear nothing any more."""

    def __init__(self, parties: int) -> None:
        label = label_of_many(parties)
        joined = [joint_contract.join(label, n, Keys.of(f"party {n}").crypto) for n in range(parties)]
        self.contexts: list[Signer] = [context for context, _ in joined]
        self.states: list[Signing] = [state for _, state in joined]
        self.deaf: set[int] = set()
        self.decided: list[Row] = []

    def feed(self, number: int, event: object, now: int = START) -> None:
        self.states[number], _ = joint_contract.step(self.contexts[number], self.states[number], event, now)  # type: ignore[arg-type]

    def talk(self, numbers: tuple[int, ...] = (1, 3)) -> None:
        """Everybody hears everything of these message numbers that is owed, until nothing changes."""
        before: list[Signing] = []
        while before != self.states:
            before = list(self.states)
            for number, context in enumerate(self.contexts):
                for effect in joint_contract.owed(context, self.states[number]):
                    if isinstance(effect, Send) and parse(effect.message).number in numbers:
                        for other in set(range(len(self.states))) - self.deaf:
                            self.feed(other, Received(effect.message))
                if self.states[number].phase is Phase.REVIEWING:
                    self.feed(number, Consent((TEXT,)))

    def ask(self, number: int, now: int) -> bytes | None:
        for effect in joint_contract.owed(self.contexts[number], self.states[number]):
            if isinstance(effect, AskTrustee):
                judgement = judge(CAST.trustee, next(iter(self.decided), None), effect.request, now)
                self.decided = [judgement.row]
                return judgement.answer
        return None


@pytest.mark.parametrize("parties", [3, 4, 7])
def test_all_sign_and_every_state_survives_a_crash(parties: int) -> None:
    table = Table(parties)
    table.feed(0, Begin((TEXT,)))
    table.talk()
    assert {state.outcome for state in table.states} == {"done"}
    for state in table.states:
        assert Signing.decode(encode(state)) == state and all(state.confirmations)


def test_who_lacks_a_confirmation_has_the_trustee_sign() -> None:
    table = Table(3)
    table.feed(0, Begin((TEXT,)))
    table.talk(numbers=(1,))
    assert {state.phase for state in table.states} == {Phase.COMMITTED}
    table.feed(2, Tick(), T2 + 1)
    answer = table.ask(2, T2 + 1)
    table.feed(2, Decided(answer or b""), T2 + 1)
    assert table.states[2].outcome == "done"
    assert SUBSTITUTE in {token.name for token in table.states[2].gains}
    table.feed(1, Tick(), T2 + 1)
    table.feed(1, Decided(table.ask(1, T_RESOLVE + 100) or b""), T_RESOLVE + 100)
    assert table.states[1].outcome == "done", "the row stands for everybody, also later"


def test_without_all_promises_the_trustee_waits_and_then_lapses() -> None:
    table = Table(3)
    table.deaf = {2}
    table.feed(0, Begin((TEXT,)))
    table.talk()
    table.feed(0, Tick(), T2 + 1)
    with refused("PEER_UNREACHABLE") as refusal:
        table.ask(0, T_RESOLVE)
    assert refusal.error is not None and refusal.error.retryable
    assert not table.decided
    table.feed(0, Decided(table.ask(0, T_RESOLVE + 1) or b""), T_RESOLVE + 1)
    assert table.states[0].outcome == "aborted"
    assert table.decided and all(resume(CAST.trustee, row).effects == () for row in table.decided)


def test_before_promising_anybody_may_leave_and_afterwards_nobody() -> None:
    table = Table(3)
    table.feed(0, Begin((TEXT,)))
    promise = table.states[0].promises[0]
    table.feed(1, Received(promise))
    table.feed(1, Withdraw())
    assert table.states[1].outcome == "aborted"
    with refused("USAGE_INVALID"):
        table.feed(0, Withdraw())


def test_what_no_party_signed_or_agreed_to_is_refused() -> None:
    table = Table(3)
    table.feed(0, Begin((TEXT,)))
    promise = table.states[0].promises[0]
    for at in range(len(promise)):
        changed = bytearray(promise)
        changed[at] ^= 0x21
        with pytest.raises(Exception, match="cannot"):
            table.feed(1, Received(bytes(changed)))
    forged = make(OTHER.crypto, 1, table.contexts[0].case.id, (TEXT,), preimage=b"")
    with refused("SIG_INVALID"):
        table.feed(1, Received(forged))
    with refused("PEER_DEVIATED"):
        Table(3).feed(0, Begin((b"another text",)))


def test_a_label_that_is_no_contract_of_several_is_refused() -> None:
    item = ItemRef("money", "price", amount=None)
    for changes in ({"others": None}, {"left": item}, {"and_left": (label_of_many(3).left,)}, {"others": ()}):
        with refused("PEER_DEVIATED"):
            joint_contract.join(label_of_many(3, **changes), 0, Keys.of("party 0").crypto)
    with refused("VERSION_UNSUPPORTED"):
        joint_contract.join(label_of_many(3, kind="contract"), 0, Keys.of("party 0").crypto)
    same = replace(label_of_many(3), others=(Seat(Keys.of("party 0").party, label_of_many(3).left),))
    with refused("PEER_DEVIATED"):
        joint_contract.join(same, 0, Keys.of("party 0").crypto)
