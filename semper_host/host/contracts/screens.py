"""What a person sees before it signs a contract with several others."""

from __future__ import annotations

from hashlib import sha256

from semper_host.commerce.joint_roll import Roll
from semper_host.commerce.seats import Member
from semper_host.host.contracts.beginning import Contract
from semper_host.supporting.trusted_ui.display_text import columns
from semper_host.supporting.trusted_ui.screens import Signatory, Signature

MOST_LINES, COLUMNS = 12, 88
"""Lines of a text, and their columns, that are shown whole; of a longer one, and of what is no text, the digest is."""


def signing_screen(contract: Contract, roll: Roll) -> Signature:
    """Return the screen that asks whether the person signs: the text, everybody else, the trustee, the deadlines."""
    said, text = contract.opened.invitation, contract.beginning.text
    others = (member for number, member in enumerate(roll.members) if number != contract.me)
    return Signature(
        title=said.title,
        text=lines_of(text),
        digest=sha256(text).digest(),
        size=len(text),
        parties=tuple(map(_signatory, others)),
        trustee=contract.opened.guardian.name,
        deadline=said.t2,
        latest=said.t_resolve,
    )


def lines_of(text: bytes) -> tuple[str, ...]:
    """Return the lines of a short text; () for what is longer, or no text."""
    try:
        lines = [line.strip() for line in text.decode().splitlines()]
    except UnicodeDecodeError:
        return ()
    shown = tuple(filter(None, lines))
    return shown if sum(-(-columns(line) // COLUMNS) for line in shown) <= MOST_LINES else ()


def _signatory(member: Member) -> Signatory:
    """Who a party is by its certificate, else as who invited calls it."""
    key, certified = sha256(member.party.signing).digest(), member.certified
    if certified is None:
        return Signatory(name=member.name, fingerprint=key)
    return Signatory(name=certified.name, certified_by=certified.root, fingerprint=key)
