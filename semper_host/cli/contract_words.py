"""How a contract among several is told to people, and to programs."""

from __future__ import annotations

from typing import Any

import msgspec

from semper_host.cli.printing import harmless
from semper_host.commerce.joint_deal import LAPSED, Standing
from semper_host.commerce.moments import moment
from semper_host.exchange.state import DONE, Phase
from semper_host.host.contracts.beginning import HOST, Contract
from semper_host.host.contracts.records import Row

_NEXT = {
    Phase.START: "whoever invites is to sign first",
    Phase.REVIEWING: "`semper contract sign` is for you, until the time is over",
    Phase.OFFERED: "all others are to sign; who has not will be waited for until then",
    Phase.COMMITTED: "all have signed; their confirmations are on the way, else the trustee is asked",
    Phase.RESOLVING: "the trustee is asked; it decides by then at the latest",
}


def plain_contract(row: Row) -> dict[str, Any]:
    """Return a row of the list as plain data for JSON."""
    found: dict[str, Any] = msgspec.structs.asdict(row)
    return found


def lines_of_contract(contract: Contract, standing: Standing, now: int) -> tuple[str, ...]:
    """Return where a contract stands: who has joined and signed, how it ended, or what comes next."""
    said, name = contract.opened.invitation, contract.number.hex()[:16]
    names = (contract.opened.host.name, *said.seats)
    members = [f"  {number}  {harmless(each)}{_did(standing, number)}" for number, each in enumerate(names)]
    return (f"Contract {name}: {harmless(said.title)}", *members, *_end(contract, standing, now))


def _did(standing: Standing, number: int) -> str:
    you = " (you)" if number == standing.table.me else ""
    signing = standing.signing
    if number != HOST and not standing.joinings[number - 1]:
        return f"{you}: has not joined"
    if signing is None or not signing.promises[number]:
        return f"{you}: has joined"
    return f"{you}: has {'confirmed' if signing.confirmations[number] else 'promised'}"


def _end(contract: Contract, standing: Standing, now: int) -> tuple[str, ...]:
    said, end = contract.opened.invitation, standing.ended(now)
    name = contract.number.hex()[:16]
    if end == DONE:
        return ("  It binds all of them.", f"  evidence: `semper contract export {name}`")
    if end:
        why = "not everybody joined in time" if end == LAPSED else "it was not signed by all"
        return (f"  It binds nobody: {why}.",)
    signing = standing.signing
    if signing is None:
        return (f"  Next: the others are to join, by {moment(said.t2)}.",)
    phase = signing.phase
    nothing = phase is Phase.START and contract.me == HOST
    words = _NEXT[Phase.REVIEWING] if nothing else _NEXT[phase]
    return (f"  Next: {words}, by {moment(said.t_resolve if phase is Phase.RESOLVING else said.t2)}.",)
