"""Screens: what is shown, in which order, in two languages, and what the digest covers."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import msgspec
import pytest

from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from semper_host.model.grants import Capability, Grant
from semper_host.model.money import MINOR_DIGITS, Money
from semper_host.supporting.trusted_ui.display_text import DisplayRefused, columns
from semper_host.supporting.trusted_ui.formats import duration, moment, money
from semper_host.supporting.trusted_ui.screens import (
    Acts,
    Approval,
    Decision,
    Notice,
    Recovery,
    Signatory,
    Signature,
    TermsReview,
    Where,
)
from semper_host.supporting.trusted_ui.templates import _COLUMN, WIDTH, render
from semper_host.supporting.trusted_ui.wording import ENGLISH, GERMAN, Words

APPROVAL = Approval(
    amount=Money(125_000, "EUR"),
    payee="EUROCOM Courseware",
    fingerprint=bytes(range(32)),
    reason="Course in three parts",
    given_up="1,250.00 EUR, once both sides have signed",
    deadline=1_764_547_200,
    most_at_risk=Money(125_000, "EUR"),
    longest=14 * 86400 + 60,
)
REVIEW = TermsReview(
    service="eurocom/courseware",
    version="1.0.0",
    vouched=("Evaluation Authority",),
    flow=("agree: you and the merchant sign the order", "purchase: money for the course, both or neither"),
    most_at_risk=Money(1990, "EUR"),
    longest=3600,
    grants=(Grant(Capability.MONEY_PAY, Money(5000, "EUR"), 1),),
)
RECOVERY = Recovery(
    deal=bytes(32), amount=Money(1990, "EUR"), where=Where.HELD, holder="Demo Bank", acts=Acts.TRUSTEE,
    actor="Demo Trustee", by=1_764_547_200,
)  # fmt: skip
WAITING = Recovery(
    deal=bytes(32), amount=Money(1990, "EUR"), where=Where.PAYEE, holder="EUROCOM", acts=Acts.YOU, by=1_764_547_200,
    doing="decide inspect: satisfied or unsatisfied", things=("ship: The goods came", "x" * 300),
)  # fmt: skip
DECISION = Decision(
    deal=b"1" * 32, peer="EUROCOM Courseware", step="inspect", choice="unsatisfied", others=("satisfied",),
    by=1_764_547_200,
)  # fmt: skip
SIGNATURE = Signature(
    title="The boat", text=("We share the boat.", "Who sails it, cleans it."), digest=b"d" * 32, size=43,
    parties=(
        Signatory(name="Marina", certified_by="Registration Office", fingerprint=b"m" * 32),
        Signatory(name="Bruno", fingerprint=b"b" * 32),
    ),
    trustee="Trustee", deadline=1_764_547_200, latest=1_764_633_600,
)  # fmt: skip
SCREENS = [SIGNATURE, APPROVAL, REVIEW, RECOVERY, WAITING, DECISION, Notice(title="Done", lines=("All is well.",))]


def test_who_signs_with_others_sees_the_text_and_who_is_certified_before_any_name() -> None:
    lines = render(SIGNATURE, "en", "terminal").lines
    assert lines[2:] == (
        "Contract:               The boat",
        "Its fingerprint:        6464 6464 6464 6464 6464 6464 6464 6464, 43 bytes",
        "Trustee:                Trustee",
        "To be signed by:        1 December 2025, 00:00 UTC",
        "Known at latest by:     2 December 2025, 00:00 UTC",
        "What you sign:",
        "   1. We share the boat.",
        "   2. Who sails it, cleans it.",
        "Who else signs, by the key it signs with:",
        "   1. 6D6D 6D6D 6D6D 6D6D 6D6D 6D6D 6D6D 6D6D, certified by Registration Office: Marina",
        "   2. 6262 6262 6262 6262 6262 6262 6262 6262, NOT CERTIFIED, called so by who invites: Bruno",
        "",
        "Type the word yes to approve. Anything else, or nothing, means no.",
    )


def test_a_long_text_to_sign_is_known_by_its_fingerprint_and_sixteen_parties_fit() -> None:
    many = tuple(Signatory(name="n" * 72, fingerprint=bytes([number]) * 32) for number in range(15))
    lines = render(msgspec.structs.replace(SIGNATURE, text=("x" * 80,) * 12, parties=many), "de", "terminal").lines
    assert sum("NICHT BEGLAUBIGT" in line for line in lines) == 15
    unread = render(msgspec.structs.replace(SIGNATURE, text=()), "en", "terminal").lines
    assert "   1. the file with this fingerprint; read it before you approve" in unread


@pytest.mark.parametrize("field", ["title", "text", "parties"])
def test_a_contract_with_a_deceptive_text_is_refused(field: str) -> None:
    false = "Bru\u202eno"
    signer = Signatory(name=false, fingerprint=bytes(32))
    changed: dict[str, Any] = {"title": false, "text": (false,), "parties": (signer,)}
    with pytest.raises(DisplayRefused):
        render(msgspec.structs.replace(SIGNATURE, **{field: changed[field]}), "en", "terminal")


def test_a_decision_shows_what_is_chosen_and_what_is_not() -> None:
    lines = render(DECISION, "en", "terminal").lines
    assert lines == (
        "Do you decide so?",
        "=================",
        "Deal:                   3131313131313131",
        "Told to:                EUROCOM Courseware",
        "What is decided:        inspect",
        "You decide:             unsatisfied",
        "Instead of:             satisfied",
        "By:                     1 December 2025, 00:00 UTC",
        "",
        "Type the word yes to approve. Anything else, or nothing, means no.",
    )


@pytest.mark.parametrize("field", ["peer", "step", "choice"])
def test_a_decision_with_a_deceptive_text_is_refused(field: str) -> None:
    with pytest.raises(DisplayRefused):
        render(msgspec.structs.replace(DECISION, **{field: "satis\u202efied"}), "en", "terminal")


def test_a_business_that_waits_says_what_for_and_what_happened() -> None:
    lines = render(WAITING, "en", "terminal").lines
    assert "Who acts next:          you" in lines
    assert "What is to be done:     decide inspect: satisfied or unsatisfied" in lines
    assert lines[lines.index("What happened so far:") + 1] == "   1. ship: The goods came"


def test_an_approval_shows_its_fields_in_their_order() -> None:
    lines = render(APPROVAL, "en", "terminal").lines
    assert lines == (
        "Do you approve this?",
        "====================",
        "Amount:                 1,250.00 EUR",
        "To:                     EUROCOM Courseware",
        "Key fingerprint:        0001 0203 0405 0607 0809 0A0B 0C0D 0E0F",
        "Reason:                 Course in three parts",
        "You give up:            1,250.00 EUR, once both sides have signed",
        "Valid until:            1 December 2025, 00:00 UTC",
        "Most at risk:           1,250.00 EUR",
        "Ends at latest after:   14 days, 1 hour",
        "",
        "Type the word yes to approve. Anything else, or nothing, means no.",
    )


def test_an_approval_in_german() -> None:
    lines = render(APPROVAL, "de", "terminal").lines
    assert "Betrag:                 1.250,00 EUR" in lines
    assert "Gültig bis:             1. Dezember 2025, 00:00 UTC" in lines
    assert lines[-1].startswith("Zum Zustimmen das Wort ja eingeben.")


def test_terms_say_who_vouched_and_grants_in_the_kernels_words() -> None:
    text = "\n".join(render(REVIEW, "en", "terminal").lines)
    assert "Vouched for by:         Evaluation Authority" in text
    assert "   1. follow terms under which you pay, at most 50.00 EUR, at most 1 times" in text


def test_terms_that_nobody_evaluated_say_so() -> None:
    nobody = msgspec.structs.replace(REVIEW, vouched=(), grants=())
    text = "\n".join(render(nobody, "en", "terminal").lines)
    assert "Vouched for by:         NOBODY whom you trust" in text
    assert "compute and propose, nothing more" in text


def test_a_recovery_screen_answers_the_three_questions() -> None:
    lines = render(RECOVERY, "en", "terminal").lines
    assert "Where the money is:     held for this deal by Demo Bank" in lines
    assert "Who acts next:          Demo Trustee, the trustee" in lines
    assert "By:                     1 December 2025, 00:00 UTC" in lines


@pytest.mark.parametrize("where", Where)
@pytest.mark.parametrize("acts", Acts)
@pytest.mark.parametrize("locale", ["en", "de"])
def test_every_state_of_a_deal_can_be_told(where: Where, acts: Acts, locale: str) -> None:
    lines = render(Recovery(deal=b"1" * 32, where=where, acts=acts), locale, "terminal").lines
    assert "{" not in "".join(lines)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: type(screen).__name__)
@pytest.mark.parametrize("locale", ["en", "de"])
def test_every_line_fits_and_is_plain(screen: Any, locale: str) -> None:
    for line in render(screen, locale, "terminal").lines:
        assert columns(line) <= WIDTH
        assert line.isprintable()


def test_a_long_text_stays_in_its_own_column() -> None:
    sly = "x" * 71 + " Amount: 0.01 EUR " + "y" * 200
    lines = render(msgspec.structs.replace(APPROVAL, reason=sly), "en", "terminal").lines
    assert [line for line in lines if line.startswith("Amount:")] == ["Amount:                 1,250.00 EUR"]
    assert all(line[:_COLUMN].isspace() for line in lines[6:10])


@pytest.mark.parametrize("field", ["payee", "reason", "given_up"])
@pytest.mark.parametrize("text", ["a\nb", "\x1b[2J", "p\u0430y", "\u202eabc", "x" * 401, ""])
def test_a_hostile_text_anywhere_refuses_the_screen(field: str, text: str) -> None:
    with pytest.raises(DisplayRefused):
        render(msgspec.structs.replace(APPROVAL, **{field: text}), "en", "terminal")


@pytest.mark.parametrize(
    "change", [{"service": "a\tb"}, {"version": "1\n2"}, {"vouched": ("\u200b",)}, {"flow": ("\x07",)}]
)
def test_hostile_terms_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(DisplayRefused):
        render(msgspec.structs.replace(REVIEW, **change), "en", "terminal")


def test_more_lines_than_a_screen_holds_are_refused() -> None:
    with pytest.raises(DisplayRefused, match="60 lines"):
        render(msgspec.structs.replace(REVIEW, flow=("a step",) * 60), "en", "terminal")


@pytest.mark.parametrize("value", [object(), "Amount: 1 EUR", None, {"amount": 1}])
def test_an_unknown_kind_of_screen_is_refused(value: Any) -> None:
    with pytest.raises(SemperError) as caught:
        render(value, "en", "terminal")
    assert caught.value.code == "DISPLAY_REFUSED"


def test_an_unknown_locale_is_refused() -> None:
    with pytest.raises(DisplayRefused, match="locale"):
        render(APPROVAL, "xx", "terminal")


def test_the_digest_covers_fields_template_locale_and_driver() -> None:
    texts = {"payee": "Another", "reason": "Another", "given_up": "Another", "deadline": 5, "longest": 5}
    changed = [msgspec.structs.replace(APPROVAL, **{name: value}) for name, value in texts.items()]
    changed += [msgspec.structs.replace(APPROVAL, amount=Money(1, "EUR"), most_at_risk=None, fingerprint=b"1" * 32)]
    rendered = [render(APPROVAL, "en", "a"), render(APPROVAL, "de", "a"), render(APPROVAL, "en", "b")]
    rendered += [render(each, "en", "a") for each in changed] + [render(REVIEW, "en", "a")]
    assert len({each.digest for each in rendered}) == len(rendered)
    assert render(APPROVAL, "en", "a") == rendered[0]


def test_what_was_rendered_can_be_kept_and_read_back() -> None:
    rendered = render(REVIEW, "de", "terminal")
    assert type(rendered).decode(encode(rendered)) == rendered
    assert TermsReview.decode(encode(REVIEW)) == REVIEW
    assert Approval.decode(encode(APPROVAL)) == APPROVAL


@pytest.mark.parametrize(
    ("amount", "english", "german"),
    [
        (Money(1, "EUR"), "0.01 EUR", "0,01 EUR"),
        (Money(-1990, "EUR"), "-19.90 EUR", "-19,90 EUR"),
        (Money(10**15, "EUR"), "10,000,000,000,000.00 EUR", "10.000.000.000.000,00 EUR"),
        (Money(1234, "JPY"), "1,234 JPY", "1.234 JPY"),
        (Money(1234567, "KWD"), "1,234.567 KWD", "1.234,567 KWD"),
    ],
)
def test_money_is_exact_in_each_locale(amount: Money, english: str, german: str) -> None:
    assert money(amount, ENGLISH) == english
    assert money(amount, GERMAN) == german


@pytest.mark.parametrize("currency", MINOR_DIGITS)
def test_every_currency_shows_all_its_digits(currency: str) -> None:
    text = money(Money(10 ** MINOR_DIGITS[currency], currency), ENGLISH)
    assert text.replace(".", "") == "1" + "0" * MINOR_DIGITS[currency] + f" {currency}"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 minutes"), (1, "1 minute"), (3600, "1 hour"), (3601, "1 hour, 1 minute"), (86400, "24 hours"),
     (172801, "2 days, 1 hour"), (14 * 86400, "14 days")],
)  # fmt: skip
def test_durations_never_say_too_little(seconds: int, text: str) -> None:
    assert duration(seconds, ENGLISH) == text


@pytest.mark.parametrize("at", [-1, 2**62])
def test_a_time_outside_the_calendar_is_refused(at: int) -> None:
    with pytest.raises(DisplayRefused):
        moment(at, ENGLISH)


@pytest.mark.parametrize("words", [ENGLISH, GERMAN], ids=["en", "de"])
def test_both_languages_say_everything(words: Words) -> None:
    assert set(words.places) == set(Where)
    assert set(words.actors) == set(Acts)
    assert set(words.capabilities) == set(Capability)
    assert all(getattr(words, field.name) for field in fields(words))
    labels = [words.amount, words.payee, words.key, words.reason, words.given_up, words.deadline, words.most_at_risk]
    labels += [words.longest, words.service, words.version, words.vouched, words.where, words.acts, words.by]
    assert all(columns(label) <= _COLUMN - 2 for label in labels)
