"""Ways in which the protocol would be wrong, each one rule taken out of the shipping code or of its host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace as with_fields

from semper_host.exchange import (
    composition,
    fair_exchange,
    held_money,
    initiator,
    joint_contract,
    kinds,
    labels,
    messages,
    responder,
    trustee,
)
from semper_host.exchange.case import Generated
from semper_host.exchange.events import Insist, Received, Send, Settled, Tick, Withdraw
from semper_host.exchange.items import Party
from semper_host.exchange.keepers import BACK
from semper_host.exchange.kinds import fair_purchase
from semper_host.exchange.labels import Label
from semper_host.exchange.legs import access
from semper_host.exchange.messages import Body, make, parse
from semper_host.exchange.primitives import digest
from semper_host.exchange.requests import RESOLVED, Answer, Request
from semper_host.exchange.state import DONE, Phase, finish
from semper_host.model.credentials import CREDENTIAL
from semper_host.model.encoding import encode
from semper_host.model.holds import HELD, Held
from tests.protocol import properties
from tests.protocol.adversary import HOLD, WRONG_KEY, session
from tests.protocol.explorer import Explorer
from tests.protocol.joint import JointExplorer
from tests.protocol.samples import CONTENT_KEY, GOODS, K2

Patch = pytest.MonkeyPatch


class Mutant(NamedTuple):
    """What to take out, and the check that must then fail."""

    patch: Callable[[Patch], None]
    check: Callable[[], None]


REGRESSIONS: dict[str, Mutant] = {}
"""What went wrong in published protocols, or would have in this one (issue 5)."""
MUTANTS: dict[str, Mutant] = {}
"""One rule of the protocol each."""


def explored(kind: str, honest: str, **flags: Any) -> Callable[[], None]:
    """The check that explores one exchange."""

    def check() -> None:
        Explorer((session(kind, honest),), limit=20_000, **flags).run()

    return check


def both(kind: str, first: str, second: str) -> Callable[[], None]:
    """The check that explores two exchanges with the same keys."""

    def check() -> None:
        Explorer((session(kind, first, "one"), session(kind, second, "two")), limit=20_000).run()

    return check


def joint(*honest: int, **flags: Any) -> Callable[[], None]:
    """The check that explores a contract of three."""

    def check() -> None:
        JointExplorer(honest, **flags).run()

    return check


def entry(table: dict[str, Mutant], *checks: Callable[[], None]) -> Callable[[Callable[[Patch], None]], Any]:
    def enter(patch: Callable[[Patch], None]) -> Callable[[Patch], None]:
        for number, check in enumerate(checks):
            name = patch.__name__.replace("_", " ")
            table[f"{name} ({number + 1})" if number else name] = Mutant(patch, check)
        return patch

    return enter


def replace_handler(patch: Patch, table: Any, place: Any, handler: Callable[..., Any]) -> None:
    patch.setitem(table, place, handler)


def change_rules(patch: Patch, kind: str, **fields: Any) -> None:
    patch.setitem(kinds.RULES, kind, replace(kinds.RULES[kind], **fields))


# --- regressions


@entry(REGRESSIONS, both("contract", "ab", "ab"))
def inconsistent_versions_and_replay(patch: Patch) -> None:
    """Shmatikov and Mitchell on the protocol of 1998: what is signed does not name the exchange."""

    def without_label(crypto: Any, data: bytes, number: int, label: bytes, signer: bytes, **more: Any) -> Any:
        message = messages.parse(data)
        payload = crypto.open(message.signed, messages.KINDS.get(number, ""), signer)
        return messages.Opened(digest(message.signed), message.attachments, Body.decode(payload).attachments)

    for module in (initiator, responder, fair_exchange, trustee):
        patch.setattr(module, "read", without_label)


@entry(REGRESSIONS, explored("fair-purchase", "b"))
def a_row_per_m1_instead_of_per_label(patch: Patch) -> None:
    judge = trustee.judge

    def forgiving(who: Any, row: Any, request: bytes, now: int) -> Any:
        other = row is not None and row.m1 != messages.digest_of(Request.decode(request).m1)
        return judge(who, None if other else row, request, now)

    patch.setattr(trustee, "judge", forgiving)


@entry(REGRESSIONS, explored("money-money", "b"), explored("access", "b"), explored("credentials", "b"))
def abort_then_bilateral_finish_of_a_revocable_item(patch: Patch) -> None:
    """The responder gives its item without having made the other one final."""
    rules = composition._rules
    patch.setattr(composition, "_rules", lambda *given: replace(rules(*given), finals=None))


@entry(REGRESSIONS, explored("fair-purchase", "a"), explored("information", "a"))
def m2_accepted_just_before_t_resolve(patch: Patch) -> None:
    owed = fair_exchange.owed

    def always(context: Any, state: Any) -> Any:
        return tuple(with_fields(each, until=None) if isinstance(each, Send) else each for each in owed(context, state))

    patch.setattr(fair_exchange, "owed", always)
    late = lambda context, state, event, now: initiator.take_m2(context, state, event, 0)  # noqa: E731
    replace_handler(patch, initiator.TABLE, (Phase.OFFERED, Received), late)


@entry(REGRESSIONS, explored("fair-purchase", "b"), explored("money-money", "a"))
def nobody_delivers_release(patch: Patch) -> None:
    stand = trustee._stand
    patch.setattr(trustee, "_stand", lambda case, row, **more: replace(stand(case, row, **more), effects=()))


@entry(REGRESSIONS, explored("fair-purchase", "a"))
def a_swapped_escrow_convicts_an_honest_seller(patch: Patch) -> None:
    patch.setattr(messages, "_check_attachments", lambda message, body, data, elided: None)


@entry(REGRESSIONS, properties.weak_keys_are_refused)
def small_order_keys(patch: Patch) -> None:
    patch.setattr(labels, "_check_parties", lambda label, crypto: None)


# --- mutants


@entry(MUTANTS, explored("contract", "a", forgetful=True), explored("information", "a", forgetful=True))
def trustee_forgets(patch: Patch) -> None:
    """Its row is not durable before it answers: after a crash it is not there."""


@entry(MUTANTS, explored("contract", "a", hasty=True), explored("fair-purchase", "a", hasty=True))
def sends_before_record(patch: Patch) -> None:
    """The host lets a message go before the state that owes it is durable, and crashes in between."""


@entry(MUTANTS, explored("fair-purchase", "a"), explored("contract", "a"), explored("package", "a"))
def initiator_continues_after_abort(patch: Patch) -> None:
    replace_handler(patch, initiator.TABLE, (Phase.ABORTING, Received), initiator.take_m2)


@entry(MUTANTS, explored("fair-purchase", "b"), explored("money-money", "b"))
def responder_gives_up(patch: Patch) -> None:
    replace_handler(patch, responder.TABLE, (Phase.COMMITTED, Withdraw), responder.quit_early)


@entry(MUTANTS, explored("contract", "a"), explored("information", "a"))
def buyer_may_abort(patch: Patch) -> None:
    check = trustee._check_request

    def lenient(case: Any, asked: Request, m1: Any) -> Any:
        return None if asked.abort is not None else check(case, asked, m1)

    patch.setattr(trustee, "_check_request", lenient)


@entry(MUTANTS, explored("fair-purchase", "b"))
def trustee_skips_the_escrow_check(patch: Patch) -> None:
    def trusting(case: Any, m1: Any, m2: Any) -> Generated:
        return Generated(sealed=case.crypto.seal(case.label.responder.sealing, WRONG_KEY, case.id))

    change_rules(patch, "fair-purchase", generate=trusting)


@entry(MUTANTS, explored("access", "b"), explored("information", "b"))
def trustee_skips_the_escrow_check_of_a_composed_exchange(patch: Patch) -> None:
    def trusting(self: Any, case: Any, m1: Any, m2: Any) -> Generated:
        return Generated(sealed=case.crypto.seal(case.label.responder.sealing, encode([WRONG_KEY]), case.id))

    patch.setattr(composition.Composition, "generate", trusting)


@entry(MUTANTS, explored("fair-purchase", "a"))
def trustee_skips_the_hold_check(patch: Patch) -> None:
    change_rules(patch, "fair-purchase", check_m2=lambda case, m2: HOLD)


@entry(MUTANTS, explored("fair-purchase", "a"), explored("money-money", "a"))
def hold_expires_early(patch: Patch) -> None:
    def careless(case: Any, signed: bytes, at: int = 0, *, first: bool = False) -> bytes:
        return Held.decode(case.crypto.open(signed, HELD, case.label.holds[at].system)).hold

    patch.setattr(held_money, "check_held", careless)


@entry(MUTANTS, properties.every_nonce_counts)
def nonce_left_out_of_the_label(patch: Patch) -> None:
    without(patch, nonce_a=b"", nonce_b=b"")


@entry(MUTANTS, properties.every_role_counts)
def role_left_out_of_the_label(patch: Patch) -> None:
    nobody = Party(b"", b"")
    without(patch, initiator=nobody, responder=nobody)


@entry(MUTANTS, properties.every_hold_counts)
def hold_left_out_of_the_label(patch: Patch) -> None:
    without(patch, holds=())


def without(patch: Patch, **fields: Any) -> None:
    """L is computed as if these fields of the label were always the same."""
    original = labels.label_of

    def blind(label: Label) -> bytes:
        return original(with_fields(label, **fields))

    patch.setattr(labels, "label_of", blind)
    patch.setattr(properties, "label_of", blind)


@entry(MUTANTS, explored("fair-purchase", "a"))
def key_is_handed_out_before_released(patch: Patch) -> None:
    stand = trustee._stand

    def hasty(case: Any, row: Any, **more: Any) -> Any:
        judgement = stand(case, row, **more)
        return replace(judgement, answer=judgement.answer or encode(Answer(row.decision)))

    patch.setattr(trustee, "_stand", hasty)


@entry(MUTANTS, explored("information", "a"), explored("credentials", "a"))
def initiator_gives_without_a_certificate(patch: Patch) -> None:
    patch.setattr(composition, "check_certificate", lambda case, signed, digests: None)


@entry(MUTANTS, explored("package-two-holds", "b"))
def one_renounced_hold_keeps_the_key_back(patch: Patch) -> None:
    answer = trustee._answer

    def strict(case: Any, row: Any) -> Answer:
        gone = tuple(record for record in row.ended if record.name in BACK)
        return Answer(None, row.ended) if row.verdict == RESOLVED and gone else answer(case, row)

    patch.setattr(trustee, "_answer", strict)


@entry(MUTANTS, explored("package-mixed", "a"))
def a_renounced_hold_of_the_initiators_money_keeps_all_back(patch: Patch) -> None:
    answer = trustee._answer

    def strict(case: Any, row: Any) -> Answer:
        gone = tuple(record for record in row.ended if record.name in BACK)
        return Answer(None, gone) if row.verdict == RESOLVED and gone == row.ended != () else answer(case, row)

    patch.setattr(trustee, "_answer", strict)


@entry(MUTANTS, explored("money-money", "b"))
def one_final_item_is_enough(patch: Patch) -> None:
    """The responder takes any word of the keeper for finality, also that the item went back."""
    final = lambda context, state, event, now: responder.give(context, state)  # noqa: E731
    replace_handler(patch, responder.TABLE, (Phase.FINALISING, Settled), final)


@entry(MUTANTS, explored("money-money", "b"))
def responder_gives_when_it_is_late(patch: Patch) -> None:
    for event in (Tick, Insist):
        give = lambda context, state, event, now: responder.give(context, state)  # noqa: E731
        replace_handler(patch, responder.TABLE, (Phase.FINALISING, event), give)


@entry(MUTANTS, explored("access", "b"), explored("credentials", "a"))
def a_credential_of_another_exchange_is_taken(patch: Patch) -> None:
    """Its place is pending there, not here: nobody could have it revoked, or made final, under this label."""

    def any_of_the_issuer(case: Any, place: Any, signed: bytes) -> None:
        case.crypto.open(signed, CREDENTIAL, place.item.status.issuer)

    patch.setattr(access, "_check_credential", any_of_the_issuer)


@entry(MUTANTS, explored("fair-purchase", "a"))
def restarted_initiator_makes_message_1_anew(patch: Patch) -> None:
    """Its key was not durable before the message left: it draws another one."""
    owed = fair_exchange.owed

    def again(context: Any, state: Any) -> Any:
        case, effects = context.case, owed(context, state)
        if state.phase is not Phase.OFFERED:
            return effects
        parts = fair_purchase.prepare(case, GOODS, (CONTENT_KEY,), WRONG_KEY, K2)[0]
        return (*effects, Send(make(case.crypto, 1, case.id, parts, preimage=case.preimage), until=case.label.t2))

    patch.setattr(fair_exchange, "owed", again)


@entry(MUTANTS, explored("fair-purchase", "b"))
def responder_answers_a_second_message_1(patch: Patch) -> None:
    """It forgets its message 2, and signs another one."""

    def take(context: Any, state: Any, event: Any, now: int) -> Any:
        if parse(event.message).number == 1 and event.message != state.m1:
            return responder.take_m1(context, with_fields(state, m2=None), event, now)
        return responder.take_m3(context, state, event, now)

    known = fair_exchange._known
    another = lambda context, state, data: parse(data).number != 1 and known(context, state, data)  # noqa: E731
    patch.setattr(fair_exchange, "_known", another)
    replace_handler(patch, responder.TABLE, (Phase.COMMITTED, Received), take)


@entry(MUTANTS, explored("fair-purchase", "a"))
def initiator_believes_without_message_4(patch: Patch) -> None:
    believe = lambda context, state, event, now: finish(state, DONE)  # noqa: E731
    replace_handler(patch, initiator.TABLE, (Phase.RELEASED, Tick), believe)


@entry(MUTANTS, joint(1, abortable=True), joint(1, 2, abortable=True))
def the_initiator_of_three_may_abort(patch: Patch) -> None:
    """With three, somebody may hold every confirmation while the trustee tells an honest party "aborted"."""


@entry(MUTANTS, joint(1))
def a_party_of_three_confirms_after_t2(patch: Patch) -> None:
    ready = joint_contract._ready
    patch.setattr(joint_contract, "_ready", lambda context, state, late: ready(context, state, False))
    owed = joint_contract.owed

    def always(context: Any, state: Any) -> Any:
        return tuple(with_fields(each, until=None) if isinstance(each, Send) else each for each in owed(context, state))

    patch.setattr(joint_contract, "owed", always)


@entry(MUTANTS, joint(1, 2))
def the_trustee_resolves_without_all_promises(patch: Patch) -> None:
    rules = kinds.joint_contract._RULES
    patch.setattr(kinds.joint_contract, "_RULES", replace(rules, complete=lambda case, asked: True))


__all__ = ["MUTANTS", "REGRESSIONS", "Mutant"]
