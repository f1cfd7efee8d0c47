"""What must be true in the end: for every scenario, from the records that were read back."""

from __future__ import annotations

import os
from typing import Any

from semper_host.cli.demo.story import Story
from semper_host.cli.demo.world import PRICE
from semper_host.model.money import Money, parse
from semper_host.supporting.trusted_ui import formats
from semper_host.supporting.trusted_ui.wording import LOCALES

EXPECTED: dict[str, tuple[str, str | None]] = {
    "sold": ("sold", None),
    "resolved": ("sold", None),
    "abandoned": ("none", None),
    "tampered": ("refused", "ARCHIVE_DIGEST"),
    "unevaluated": ("refused", "EVAL_MISSING"),
}
"""Each scenario's outcome and the code of its refusal."""


def faults(records: list[dict[str, Any]]) -> list[str]:
    """Return what is not as it should be, in words; nothing where all is well."""
    return [f"{record['scenario']}: {fault}" for record in records for fault in _faults(record)]


def _faults(record: dict[str, Any]) -> list[str]:
    outcome, code = EXPECTED[record["scenario"]]
    found = []
    if record["outcome"] != outcome:
        found.append(f"the outcome is {record['outcome']}, not {outcome}")
    refused = record["refusal"]["code"] if record["refusal"] else None
    if refused != code:
        found.append(f"the refusal is {refused}, not {code}")
    price = parse(PRICE).minor if outcome == "sold" else 0
    for party, due in (("buyer", -price), ("merchant", price), ("held", 0)):
        for currency, each in record["balances"][party].items():
            if each["after"] - each["before"] != due:
                found.append(f"{party} has {each['after'] - each['before']} minor units {currency} more, not {due}")
    delivered = outcome == "sold"
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
    story.table(
        "What the homes say", ("deal", "outcome", "buyer", "merchant", "still held", "files", "refused"), rows
    )


def _locale() -> str:
    """Return the language of the terminal, where the trusted user interface speaks it too; else English."""
    wanted = (os.environ.get("LC_ALL") or os.environ.get("LANG") or "").split("_", maxsplit=1)[0]
    return wanted if wanted in LOCALES else "en"


def _change(amounts: dict[str, dict[str, int]]) -> str:
    shown = []
    for currency, each in amounts.items():
        shown.append(formats.money(Money(each["after"] - each["before"], currency), LOCALES[_locale()]))
    return ", ".join(shown)
