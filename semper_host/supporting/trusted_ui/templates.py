"""The kernel's templates: from a typed screen to the lines a driver shows. Nobody else composes what a person reads.

A line is at most WIDTH columns; a long text goes on in its own column, so it cannot pass for a field. The digest
of a rendered screen covers its fields, the template and its version, the locale and the driver's name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from semper_host.model.encoding import Record, encode
from semper_host.supporting.trusted_ui.display_text import DisplayRefused, check_text, columns
from semper_host.supporting.trusted_ui.formats import duration, fingerprint, grant, moment, money
from semper_host.supporting.trusted_ui.screens import (
    Approval,
    Decision,
    Notice,
    Recovery,
    Screen,
    Signatory,
    Signature,
    TermsReview,
)
from semper_host.supporting.trusted_ui.wording import LOCALES, Words

VERSION = 2
"""Of every template; grows whenever one of them changes what it shows."""

WIDTH = 96
MOST_LINES = 60
_COLUMN = 24
_NAME, _TEXT = 72, 400

Field = tuple[str, str]


class Rendered(Record, frozen=True):
    """What was, or is to be, shown: the lines, and the digest (32 bytes) that an approval signs."""

    template: str
    locale: str
    driver: str
    lines: tuple[str, ...]
    digest: bytes


def render(screen: Screen, locale: str, driver: str) -> Rendered:
    """Return `screen` as lines in `locale` ("en" or "de") for the driver of that name.

    Raises DisplayRefused (DISPLAY_REFUSED) if a text may not be shown, if it is too long, or if the kind of
    screen or the locale is unknown.
    """
    template = _TEMPLATES.get(type(screen))
    words = LOCALES.get(locale)
    if template is None or words is None:
        what = f"the locale {locale!r}" if template else f"a {type(screen).__name__}"
        raise DisplayRefused("DISPLAY_REFUSED", f"cannot show the screen: {what} is unknown")
    lines = tuple(template(screen, words))
    if len(lines) > MOST_LINES or any(columns(line) > WIDTH for line in lines):
        size = f"{MOST_LINES} lines of {WIDTH} columns"
        raise DisplayRefused("DISPLAY_REFUSED", f"cannot show the screen: it exceeds {size}")
    name = type(screen).__name__.lower()
    return Rendered(name, locale, driver, lines, screen_digest(screen, locale, driver))


def screen_digest(screen: Screen, locale: str, driver: str) -> bytes:
    """Return the SHA-256 (32 bytes) over fields, template id and version, locale and driver."""
    name = type(screen).__name__.lower()
    return hashlib.sha256(encode(["semper.screen", name, VERSION, screen, locale, driver])).digest()


def confirming_word(locale: str) -> str:
    """Return the word that a person must type in full to approve: "yes", "ja"."""
    return LOCALES[locale].yes


def _approval(screen: Approval, words: Words) -> Iterator[str]:
    yield from _heading(words.approval)
    yield from _fields(
        [
            (words.amount, money(screen.amount, words) if screen.amount else words.no_money),
            (words.payee, check_text(screen.payee, _NAME, "payee")),
            (words.key, fingerprint(screen.fingerprint)),
            (words.reason, check_text(screen.reason, _TEXT, "reason")),
            (words.given_up, check_text(screen.given_up, _TEXT, "given up")),
            (words.deadline, moment(screen.deadline, words)),
            (words.most_at_risk, money(screen.most_at_risk, words) if screen.most_at_risk else words.nothing),
            (words.longest, duration(screen.longest, words)),
        ]
    )
    yield ""
    yield words.question.format(yes=words.yes)


def _terms_review(screen: TermsReview, words: Words) -> Iterator[str]:
    yield from _heading(words.terms)
    vouched = ", ".join(check_text(name, _NAME, "authority") for name in screen.vouched)
    yield from _fields(
        [
            (words.service, check_text(screen.service, _NAME, "service")),
            (words.version, check_text(screen.version, _NAME, "version")),
            (words.vouched, vouched or words.nobody_vouched),
            (words.most_at_risk, money(screen.most_at_risk, words) if screen.most_at_risk else words.nothing),
            (words.longest, duration(screen.longest, words)),
        ]
    )
    steps = [check_text(line, _TEXT, "flow") for line in screen.flow]
    yield from _listed(words.flow, steps or [words.nothing])
    yield from _listed(words.grants, [grant(each, words) for each in screen.grants] or [words.no_grants])
    yield ""
    yield words.question.format(yes=words.yes)


def _decision(screen: Decision, words: Words) -> Iterator[str]:
    yield from _heading(words.decision)
    others = ", ".join(check_text(each, _NAME, "choice") for each in screen.others)
    yield from _fields(
        [
            (words.deal, screen.deal.hex()[:16]),
            (words.told, check_text(screen.peer, _NAME, "peer") if screen.peer else words.somebody),
            (words.decided, check_text(screen.step, _NAME, "step")),
            (words.choice, check_text(screen.choice, _NAME, "choice")),
            (words.instead, others or words.nothing),
            (words.by, moment(screen.by, words)),
        ]
    )
    yield ""
    yield words.question.format(yes=words.yes)


def _signature(screen: Signature, words: Words) -> Iterator[str]:
    yield from _heading(words.signature)
    yield from _fields(
        [
            (words.contract, check_text(screen.title, _NAME, "title")),
            (words.digest, f"{fingerprint(screen.digest)}, {words.size.format(size=screen.size)}"),
            (words.guardian, check_text(screen.trustee, _NAME, "trustee")),
            (words.signed_by, moment(screen.deadline, words)),
            (words.known_by, moment(screen.latest, words)),
        ]
    )
    yield from _listed(words.text, [check_text(line, _TEXT, "text") for line in screen.text] or [words.too_long])
    yield from _listed(words.parties, [_signatory(each, words) for each in screen.parties])
    yield ""
    yield words.question.format(yes=words.yes)


def _signatory(party: Signatory, words: Words) -> str:
    """The key and the kernel's word stand before the name: whatever it holds can't pass for them."""
    name = check_text(party.name, _NAME, "party")
    by = check_text(party.certified_by, _NAME, "authority") if party.certified_by else ""
    return f"{fingerprint(party.fingerprint)}, {words.certified.format(by=by) if by else words.uncertified}: {name}"


def _notice(screen: Notice, words: Words) -> Iterator[str]:
    yield from _heading(check_text(screen.title, _NAME, "title"))
    for line in screen.lines:
        yield from _wrapped(check_text(line, _TEXT, "notice"), WIDTH - 2, "  ")


def _recovery(screen: Recovery, words: Words) -> Iterator[str]:
    yield from _heading(words.recovery)
    holder = check_text(screen.holder, _NAME, "holder") if screen.holder else words.somebody
    actor = check_text(screen.actor, _NAME, "actor") if screen.actor else words.somebody
    yield from _fields(
        [
            (words.deal, screen.deal.hex()[:16]),
            (words.amount, money(screen.amount, words) if screen.amount else words.no_money),
            (words.where, words.places[screen.where].format(holder=holder)),
            (words.acts, words.actors[screen.acts].format(actor=actor)),
            (words.doing, check_text(screen.doing, _TEXT, "doing") if screen.doing else words.nothing),
            (words.by, words.no_deadline if screen.by is None else moment(screen.by, words)),
        ]
    )
    if screen.things:
        yield from _listed(words.things, [check_text(line, _TEXT, "thing") for line in screen.things])


_TEMPLATES: dict[type[Any], Callable[[Any, Words], Iterator[str]]] = {
    Approval: _approval,
    TermsReview: _terms_review,
    Decision: _decision,
    Signature: _signature,
    Notice: _notice,
    Recovery: _recovery,
}


def _heading(title: str) -> Iterator[str]:
    yield title
    yield "=" * columns(title)


def _fields(fields: list[Field]) -> Iterator[str]:
    """Yield each field with its label in a column of its own; nothing else ever stands in that column."""
    for label, text in fields:
        first, *rest = _wrapped(text, WIDTH - _COLUMN, "")
        yield f"{label}:".ljust(_COLUMN) + first
        yield from (" " * _COLUMN + line for line in rest)


def _listed(label: str, items: list[str]) -> Iterator[str]:
    yield f"{label}:"
    for number, item in enumerate(items, 1):
        first, *rest = _wrapped(item, WIDTH - 6, "")
        yield f"  {number:2d}. {first}"
        yield from (f"      {line}" for line in rest)


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    """Return `text` broken at spaces, or within a word that is wider than a line, into lines of `width` columns."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and columns(line) + 1 + columns(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
        while columns(line) > width:
            cut = next(n for n in range(len(line), 0, -1) if columns(line[:n]) <= width)
            lines.append(line[:cut])
            line = line[cut:]
    return [indent + each for each in [*lines, line]]
