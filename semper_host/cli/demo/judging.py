"""What must be true in the end: for every scenario, from the records that were read back."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from semper_host.cli.demo.story import Story
from semper_host.cli.demo.world import PRICE
from semper_host.exchange.requests import ABORTED, RESOLVED
from semper_host.model.money import Money, parse
from semper_host.supporting.trusted_ui import formats
from semper_host.supporting.trusted_ui.wording import LOCALES


@dataclass(frozen=True)
class Expected:
    """How a scenario ends."""

    outcome: str
    refusals: tuple[str, ...] = ()
    """The codes of all that the buyer's host refuses, in order; the record shows the first."""
    verdict: str | None = None
    """What the trustee decides on the purchase; None where it is not asked."""


EXPECTED = {
    "sold": Expected("sold"),
    "resolved": Expected("sold", verdict=RESOLVED),
    "abandoned": Expected("none", verdict=ABORTED),
    "tampered": Expected("refused", ("ARCHIVE_DIGEST",)),
    "unevaluated": Expected("refused", ("EVAL_MISSING", "CAPABILITY_REFUSED")),
}


def faults(records: list[dict[str, Any]]) -> list[str]:
    """Return what is not as it should be, in words; nothing where all is well."""
    return [f"{record['scenario']}: {fault}" for record in records for fault in _faults(record)]


def unlike(scenario: str, refusals: list[str], verdict: str | None) -> list[str]:
    """Return what else is not as it should be: what the buyer's and the trustee's home say beyond the record."""
    expected, found = EXPECTED[scenario], []
    if tuple(refusals) != expected.refusals:
        found.append(f"{scenario}: the buyer refused {refusals}, not {list(expected.refusals)}")
    if verdict != expected.verdict:
        found.append(f"{scenario}: the trustee's decision is {verdict}, not {expected.verdict}")
    return found


def _faults(record: dict[str, Any]) -> list[str]:
    expected = EXPECTED[record["scenario"]]
    found = []
    if record["outcome"] != expected.outcome:
        found.append(f"the outcome is {record['outcome']}, not {expected.outcome}")
    code = expected.refusals[0] if expected.refusals else None
    refused = record["refusal"]["code"] if record["refusal"] else None
    if refused != code:
        found.append(f"the refusal is {refused}, not {code}")
    delivered = expected.outcome == "sold"
    price = parse(PRICE).minor if delivered else 0
    for party, due in (("buyer", -price), ("merchant", price), ("held", 0)):
        for currency, each in record["balances"][party].items():
            if each["after"] - each["before"] != due:
                found.append(f"{party} has {each['after'] - each['before']} minor units {currency} more, not {due}")
    if delivered and not record["goods"]:
        found.append("no goods were delivered")
    for file in record["goods"]:
        if file["delivered_sha256"] != (file["offered_sha256"] if delivered else None):
            found.append(f"{file['path']} is not as it should be")
    if len({party["pid"] for party in record["parties"]}) != len(record["parties"]):
        found.append("two parties shared a process")
    return found


def summarise(story: Story, records: list[dict[str, Any]]) -> None:
    """Show the table at the end."""
    rows: list[tuple[str, ...]] = []
    for record in records:
        changes = {party: _change(record["balances"][party]) for party in ("buyer", "merchant", "held")}
        good = sum(file["delivered_sha256"] == file["offered_sha256"] for file in record["goods"])
        goods = f"{good} of {len(record['goods'])}" if record["goods"] else "-"
        refusal = record["refusal"]["code"] if record["refusal"] else "-"
        rows.append(
            (
                record["scenario"],
                record["outcome"],
                changes["buyer"],
                changes["merchant"],
                changes["held"],
                goods,
                refusal,
            )
        )
    story.table("What the homes say", ("deal", "outcome", "buyer", "merchant", "still held", "files", "refused"), rows)


def _locale() -> str:
    """Return the language of the terminal, where the trusted user interface speaks it too; else English."""
    wanted = (os.environ.get("LC_ALL") or os.environ.get("LANG") or "").split("_", maxsplit=1)[0]
    return wanted if wanted in LOCALES else "en"


def _change(amounts: dict[str, dict[str, int]]) -> str:
    shown = []
    for currency, each in amounts.items():
        shown.append(formats.money(Money(each["after"] - each["before"], currency), LOCALES[_locale()]))
    return ", ".join(shown)
