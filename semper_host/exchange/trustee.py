"""The trustee: one write-once row per label, durable before it answers; no key before RELEASED (DESIGN §6).

    judgement = judge(trustee, row, request, now)         row: what the database holds under label_in(request)
    # COMMIT POINT: insert judgement.write; if another process was first, read its row and judge again
    perform judgement.effects at the payment systems; for each signed answer: conclude(trustee, row, record)
    send judgement.answer

In a resolution the order is: check the hold and open the escrow, durable row, RELEASE, RELEASED, only then the key.
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from semper_host.exchange.case import Case, Rules
from semper_host.exchange.items import Token
from semper_host.exchange.keepers import BACK, Keeper, keepers_heard, keepers_of, read_end
from semper_host.exchange.kinds import open_case
from semper_host.exchange.labels import Label
from semper_host.exchange.messages import KINDS, Opened, parse, read
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.requests import (
    ABORT,
    ABORT_KIND,
    ABORTED,
    LAPSED,
    RESOLVE,
    RESOLVED,
    SUBSTITUTE,
    Abort,
    Answer,
    Request,
    label_in,
    read_request,
    substitute_of,
)
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated, Unavailable
from semper_host.model.holds import DECISION, RELEASED, DecidedHold, Decision

__all__ = ["Judgement", "Release", "Revoke", "Row", "Trustee", "Void", "conclude", "judge", "label_in", "resume"]


@dataclass(frozen=True, slots=True)
class Trustee:
    """The trustee itself: its cryptography and its two public keys, as labels name them."""

    crypto: Crypto
    signing: bytes
    sealing: bytes


class Row(Record, frozen=True):
    """The one decision on L. Written once; afterwards only `ended` fills, with the payment systems' signed records."""

    label: bytes
    verdict: str
    m1: bytes  # H(m1)
    decision: bytes  # signed
    request: bytes  # the request that made the row
    holds: tuple[DecidedHold, ...] = ()
    sealed: bytes = b""  # the released key, sealed to the responder
    substitute: bytes = b""  # signed
    ended: tuple[Token, ...] = ()
    m2: bytes | None = None  # the responder's message, where the initiator needs it to use its key


class Order(Record, frozen=True):
    """The base of the effects: bring `decision` to the payment system with key `system`, for the hold under `label`."""

    system: bytes
    label: bytes
    decision: bytes


class Release(Order, frozen=True):
    """Have the held money released; retry until its RELEASED (or CAPTURED, VOIDED) comes."""


class Revoke(Order, frozen=True):
    """Have the credential that was issued under the label revoked; `system` is its issuer's key."""


class Void(Order, frozen=True):
    """Have the held money sent back; where nothing is held yet, the order stands against a later hold."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a request led to: the row (`write`: make it durable first), orders to payment systems, the answer."""

    row: Row
    write: bool
    effects: tuple[Order, ...] = ()
    answer: bytes | None = None  # an encoded Answer; None: not before the payment systems confirm
    equivocation: bytes | None = None  # a second request whose m1 differs from the row's: archive it


def judge(trustee: Trustee, row: Row | None, request: bytes, now: int) -> Judgement:
    """Return what to do about an encoded request, given the row under its label, at `now` (seconds, own clock).

    Raises SemperError for an invalid request, which writes no row: SIG_INVALID, HOLD_INVALID, PEER_DEVIATED, ….
    """
    asked = read_request(request)
    case, rules = _case(trustee, asked)
    m1 = read(case.crypto, asked.m1, 1, case.id, case.label.initiator.signing, elided=True)
    if rules.complete is not None:
        return _judge_joint(case, rules, row, request, m1, rules.complete(case, asked), now)
    m2 = _check_request(case, asked, m1)
    if row is not None:
        return _stand(case, row, equivocation=None if row.m1 == m1.digest else request)
    decision = _abort(case, m1) if m2 is None else _resolve(case, rules, m1, m2, now)
    return _stand(case, _write(case, rules, decision, request), write=True)


def conclude(trustee: Trustee, row: Row, record: Token) -> Judgement:
    """Return what follows from a payment system's signed `record` of how the hold ended; write the row, then answer.

    Raises PeerDeviated if the record is not about this hold or contradicts the decision.
    """
    case, _ = _case(trustee, read_request(row.request))
    end = read_end(case, record, row.holds[0].hold if row.holds else b"")
    if record.name == RELEASED and (row.verdict != RESOLVED or end.sealed != row.sealed):
        raise PeerDeviated("HOLD_INVALID", "cannot accept the release: nobody decided it", evidence=record.data)
    if end.keeper in keepers_heard(case, row.ended):
        return _stand(case, row)
    return _stand(case, replace(row, ended=(*row.ended, record)), write=True)


def resume(trustee: Trustee, row: Row) -> Judgement:
    """Return what a standing row still needs: the orders that no payment system has confirmed, and its answer."""
    case, _ = _case(trustee, read_request(row.request))
    return _stand(case, row)


def _case(trustee: Trustee, asked: Request) -> tuple[Case, Rules]:
    """Recompute L from its preimage; only labels that name this trustee with both its keys are judged."""
    preimage = parse(asked.m1).label
    if preimage is None:
        raise PeerDeviated("PEER_DEVIATED", "cannot judge: the request has no message 1")
    label = Label.decode(preimage)
    if (label.trustee.signing, label.trustee.sealing) != (trustee.signing, trustee.sealing):
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot judge: the exchange names another trustee")
    return open_case(label, trustee.crypto)


def _check_request(case: Case, asked: Request, m1: Opened) -> Opened | None:
    """Return message 2 of a request to resolve, None for one to abort, both proved to come from who may ask."""
    if asked.kind == RESOLVE and asked.m2 is not None and asked.abort is None:
        responder = case.label.responder.signing
        return read(case.crypto, asked.m2, 2, case.id, responder, previous=m1.digest, elided=True)
    if asked.kind != ABORT or asked.abort is None or asked.m2 is not None:
        raise PeerDeviated("PEER_DEVIATED", "cannot judge: it is neither a request to abort nor to resolve")
    signed = Abort.decode(case.crypto.open(asked.abort, ABORT_KIND, case.label.initiator.signing))
    if (signed.label, signed.m1) != (case.id, m1.digest):
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot judge: the request to abort is for another exchange")
    return None


def _abort(case: Case, m1: Opened) -> Decision:
    """The initiator may always abort what was not resolved, also late: the money then goes back sooner."""
    return Decision(case.id, ABORTED, m1.digest, holds=_holds(case, ()), why="the initiator asked")


def _resolve(case: Case, rules: Rules, m1: Opened, m2: Opened, now: int) -> Decision:
    """Resolve, unless it is too late by the trustee's clock or the initiator's escrow is not what it says."""
    rules.check_offer(case, m1)
    hold = rules.check_m2(case, m2)
    holds = _holds(case, (hold,) if rules.hold_ids is None else rules.hold_ids(case, m1, m2))
    if now > case.label.t_resolve:
        why = "nobody asked before the deadline; held money goes back when the hold expires"
        return Decision(case.id, LAPSED, m1.digest, m2.digest, why=why)
    generated = rules.generate(case, m1, m2)
    if generated.why:
        return Decision(case.id, ABORTED, m1.digest, m2.digest, holds, why=generated.why)
    return Decision(case.id, RESOLVED, m1.digest, m2.digest, holds, generated.sealed, back=generated.back)


def _judge_joint(
    case: Case, rules: Rules, row: Row | None, request: bytes, m1: Opened, complete: bool, now: int
) -> Judgement:
    """A contract of several: resolved with all promises until t_resolve, lapsed after it, and not decided before.

    Raises Unavailable (retryable) where promises are missing and somebody may still bring them in time.
    """
    if row is not None:
        return _stand(case, row)
    late = now > case.label.t_resolve
    if not late and not complete:
        message = "cannot decide yet: not all parties' promises are here; ask again after the deadline"
        raise Unavailable("PEER_UNREACHABLE", message)
    why = "nobody brought every promise before the deadline" if late else ""
    decision = Decision(case.id, LAPSED if late else RESOLVED, m1.digest, why=why)
    return _stand(case, _write(case, rules, decision, request), write=True)


def _write(case: Case, rules: Rules, decision: Decision, request: bytes) -> Row:
    """Sign the decision, and the substitute that a resolution may need."""
    sign, verdict, substitute = case.crypto.sign, decision.verdict, b""
    if verdict == RESOLVED and rules.substitutes:
        substitute = sign(encode(substitute_of(case, decision.m1, decision.m2 or b"")), SUBSTITUTE)
    signed = sign(encode(decision), DECISION)
    m2 = read_request(request).m2 if verdict == RESOLVED and rules.keyed_back else None
    row = Row(case.id, verdict, decision.m1, signed, request, decision.holds, decision.sealed, substitute)
    return replace(row, m2=m2)


def _holds(case: Case, ids: tuple[bytes, ...]) -> tuple[DecidedHold, ...]:
    known = ids or (b"",) * len(case.label.holds)
    pairs = zip(case.label.holds, known, strict=False)
    return tuple(DecidedHold(terms.system, hold, terms.amount) for terms, hold in pairs)


def _stand(case: Case, row: Row, *, write: bool = False, equivocation: bytes | None = None) -> Judgement:
    """Everything that follows from a row: the same for its first request, for a repeated one, and after a restart."""
    ended = keepers_heard(case, row.ended)
    keepers = (keeper for keeper in keepers_of(case.label) if keeper not in ended and _moves(row, keeper))
    effects = tuple(_order(row, keeper) for keeper in keepers)
    answer = None if row.verdict == RESOLVED and effects else encode(_answer(case, row))
    return Judgement(row, write, effects, answer, equivocation)


def _moves(row: Row, keeper: Keeper) -> bool:
    """A resolution releases money; an abort sends it back and revokes credentials; a lapse leaves all to the expiry."""
    return row.verdict == ABORTED or (row.verdict == RESOLVED and keeper.hold is not None)


def _order(row: Row, keeper: Keeper) -> Order:
    kind = Revoke if keeper.hold is None else Release if row.verdict == RESOLVED else Void
    return kind(keeper.key, row.label, row.decision)


def _answer(case: Case, row: Row) -> Answer:
    """Return the answer of a row that may be told: a resolution only once its money was released.

    Where all that the responder paid had gone back before, nobody gets anything more. Only then: of several holds one
    may have gone back alone, and one of the initiator's money too. Its payee renounced it, and must not keep the other
    side from what it gave for.
    """
    gone_back = tuple(record for record in row.ended if record.name in BACK)
    if row.verdict != RESOLVED:
        return Answer(row.decision, gone_back)
    back = {read_end(case, record).keeper for record in gone_back}
    paying = {keeper for keeper in keepers_of(case.label) if keeper.hold is not None and not keeper.first}
    if paying and paying <= back:
        return Answer(None, row.ended)
    substitute = (Token(SUBSTITUTE, row.substitute),) if row.substitute else ()
    m2 = (Token(KINDS[2], row.m2),) if row.m2 else ()
    return Answer(row.decision, (*row.ended, *substitute, *m2))
