"""What `semper transfer` says of transfers and of what waits for the person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from semper_host.cli.printing import harmless
from semper_host.commerce.consignment_state import Standing
from semper_host.commerce.moments import moment
from semper_host.host.consignments.letters import Notice
from semper_host.host.consignments.records import DELIVERED, LATE, Row

WAITS = "waits"
"""The state of what an anonymous sender handed over, until the person takes it or not."""


def listed(rows: Mapping[bytes, Row], waiting: Mapping[bytes, Notice], now: int) -> list[tuple[int, str]]:
    """Return the line of each transfer, and of each that waits, with when it began."""
    lines = [(row.at, _row(number, row, now)) for number, row in rows.items()]
    return lines + [(each.at, _waiting(number, each)) for number, each in waiting.items()]


def plain(rows: Mapping[bytes, Row], waiting: Mapping[bytes, Notice], now: int) -> list[dict[str, Any]]:
    """Return the same for programs."""
    found = [{"transfer": number, **_fields(row), "state": row.state(now)} for number, row in rows.items()]
    return found + [{"transfer": number, **_fields(each), "state": WAITS} for number, each in waiting.items()]


def standing_lines(standing: Standing, state: str) -> tuple[str, ...]:
    """Return how a transfer stands, for people."""
    said = standing.table.opened.invitation
    told = [f"  {seat}  {harmless(name)}: {_did(standing, seat)}" for seat, name in enumerate(said.seats, 1)]
    name = standing.table.opened.number.hex()[:16]
    head = f"Transfer {name} from {harmless(standing.table.opened.called)}: {harmless(said.title)}"
    end = f"  evidence: `semper transfer export {name}`" if standing.over else f"  {_time(state, said.until)}"
    return (head, *told, f"  {state}", end)


def letter_lines(number: bytes, notice: Notice) -> tuple[str, ...]:
    """Return what is known of something that waits for the person, for people."""
    name, signed = number.hex()[:16], "signed" if notice.origin else "not signed"
    asked = "no receipt is asked" if notice.receipt == "none" else f"you are to sign that it was {notice.receipt}"
    return (
        f"Transfer {name} from somebody anonymous{_shown(notice)}: {harmless(notice.title)}",
        f"  for {', '.join(map(harmless, notice.names))}; {notice.size} bytes, {signed} by its sender; {asked}",
        f"  `semper transfer accept {name}`, or `decline`, by {moment(notice.until)}; then it is gone",
    )


def _row(number: bytes, row: Row, now: int) -> str:
    state = row.state(now)
    if state == DELIVERED and not row.receipts:
        state = "delivered, so they say"
    who = "anonymous, " if row.anonymous else ""
    told = f"{who}{row.joined} of {row.parties} joined, {row.receipts} receipts"
    return f"{number.hex()[:16]}  {state:10} {told}  {harmless(row.title)}"


def _waiting(number: bytes, notice: Notice) -> str:
    told = f"anonymous{_shown(notice)}, {notice.size} bytes, to be taken by {moment(notice.until)}"
    return f"{number.hex()[:16]}  {WAITS:10} {told}  {harmless(notice.title)}"


def _shown(notice: Notice) -> str:
    return f" with your pass {harmless(notice.shown)}" if notice.shown else ""


def _fields(record: Row | Notice) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def _time(state: str, until: int) -> str:
    word = "was" if state == LATE else "is"
    return f"{word} to be joined by {moment(until)}"


def _did(standing: Standing, seat: int) -> str:
    if not standing.joinings[seat - 1]:
        return "has not joined"
    if standing.receipts[seat - 1]:
        return "has signed for it"
    if standing.table.me == seat and standing.taken is not None:
        return "has it"
    return "has it, it says" if seat in standing.acknowledged else "has joined"
