"""How a transfer of the terms runs inside a deal: the giver's parcel, the receiver's receipt, or its `late`.

    giver      -Give-> Prepared(parcel) -parcel-> waits -receipt-> ok
    receiver   waits -parcel-> ok; keeps the item
"""

from __future__ import annotations

from semper_host.commerce import deal_handing as race
from semper_host.commerce.deal_state import DealState
from semper_host.commerce.deal_step import Effects, Stepped, Stepping
from semper_host.commerce.events import Arrived, Declined, Give, Prepared, Send, Store, Ticked
from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import Part, StepSpec
from semper_host.commerce.step_messages import What, message, read_message
from semper_host.exchange import container_transfer
from semper_host.exchange import transfer as transfers
from semper_host.exchange.items import Token
from semper_host.exchange.transfer import CONTAINER, Taken, Transfer
from semper_host.exchange.two_transfers import ITEM, RECEIPT_TOKEN
from semper_host.model import container
from semper_host.model.errors import UsageError

OK = "ok"
"""The outcome of a transfer that came in time."""


def enter(plan: Plan, state: DealState, spec: StepSpec, now: int) -> tuple[DealState, Effects]:
    """The giver makes its parcel ready, the receiver waits."""
    return (race.begin(state), (Give(spec.name),)) if spec.part is Part.GIVE else (state, ())


def happen(plan: Plan, state: DealState, spec: StepSpec, event: Stepping) -> Stepped:
    """Return what `event` does. Raises SemperError, mostly PeerDeviated with the evidence."""
    giving = spec.part is Part.GIVE
    match event:
        case Ticked() if giving:
            return race.tick_acting(state, spec, event.at)
        case Ticked():
            return race.tick_waiting(plan, state, spec, event.at)
        case Arrived():
            return _hear(plan, state, spec, event) if giving else _take(plan, state, spec, event)
        case Prepared() if giving:
            return _give(state, spec, event)
        case Declined() if giving:
            return race.stop_acting(state, event.why)
    raise UsageError("USAGE_INVALID", f"cannot use a {type(event).__name__} in the transfer {spec.name}")


def owed(plan: Plan, state: DealState, spec: StepSpec) -> Effects:
    """Return that the parcel is to be made, where it is not made yet."""
    wanted = spec.part is Part.GIVE and _can_give(state, spec, state.entered)
    return (Give(spec.name),) if wanted else ()


def wakes_at(plan: Plan, state: DealState, spec: StepSpec) -> int:
    """Return from when on a tick changes something."""
    return race.wakes_acting(state, spec) if spec.part is Part.GIVE else race.waits_until(state, spec) + 1


def may_come_early(spec: StepSpec, message: bytes) -> bool:
    """Say whether it is the giver's, or the `late` of a receiver who could not wait for us any longer."""
    what, _ = read_message(message)
    return what is What.LATE if spec.part is Part.GIVE else what in (What.PARCEL, What.CLOSED)


def _give(state: DealState, spec: StepSpec, event: Prepared) -> Stepped:
    """Send the parcel, once."""
    if not _can_give(state, spec, event.at):
        return Stepped(state)
    (parcel,) = event.attachments
    return race.act(state, spec, What.PARCEL, parcel, kept=event.secret)


def _can_give(state: DealState, spec: StepSpec, now: int) -> bool:
    """Say whether to give: not to a receiver that signed `late` already, who would have the item and sign nothing."""
    return race.can_act(state, spec, now) and not race.handing_of(state).late


def _hear(plan: Plan, state: DealState, spec: StepSpec, event: Arrived) -> Stepped:
    """Take the receiver's word: a receipt for our parcel, or its `late`."""
    what, body = read_message(event.message)
    if what is What.LATE:
        return race.hear_late(plan, state, spec, body, event.at)
    handing, transfer = race.handing_of(state), plan.transfer(spec)
    parcel = handing.said
    if what is not What.RECEIVED or not parcel or bool(body) != transfers.asks_receipt(transfer):
        raise race.unexpected(spec, event.message)
    if body and transfer.item.kind == CONTAINER:
        given = container.read(handing.kept)
        container_transfer.check_receipt(transfer, plan.crypto, given, parcel, body)
    elif body:
        transfers.check_receipt(transfer, plan.crypto, parcel, body)
    gains = (Token(RECEIPT_TOKEN, body),) if body else ()
    return Stepped(state, ended=OK, label=_name(plan, transfer, parcel), gains=gains)


def _take(plan: Plan, state: DealState, spec: StepSpec, event: Arrived) -> Stepped:
    """Take the parcel if it is the item that was agreed on; say so, with the receipt where one is asked."""
    what, parcel = read_message(event.message)
    if what is What.CLOSED:
        return Stepped(state)  # the giver's clock is ahead of ours: we alone say that it is late
    if what is not What.PARCEL:
        raise race.unexpected(spec, event.message)
    transfer = plan.transfer(spec)
    taken = take(transfer, plan, parcel)
    answer = message(What.RECEIVED, taken.receipt or b"")
    return Stepped(
        state, (Send(spec.name, answer),), OK, _name(plan, transfer, parcel), (Token(ITEM, taken.item),),
        (Store(spec.name, taken.item),),
    )  # fmt: skip


def take(transfer: Transfer, plan: Plan, parcel: bytes) -> Taken:
    """Return the item of a parcel for us, and the receipt; of a container all is open that is for us.

    Raises PeerDeviated.
    """
    if transfer.item.kind == CONTAINER:
        found, taken = container_transfer.take(transfer, plan.crypto, parcel)
        return taken._replace(item=container.write(found))
    return transfers.take(transfer, plan.crypto, parcel)


def _name(plan: Plan, transfer: Transfer, parcel: bytes) -> bytes:
    return transfers.name_of(transfers.learnt(transfer, plan.crypto, parcel))
