"""The kernel's words in English and German: labels, places, actors, capabilities.

A test holds both to the same keys and to the width of their column.
"""

from __future__ import annotations

from dataclasses import dataclass

from semper_host.model.grants import Capability
from semper_host.supporting.trusted_ui.screens import Acts, Where


@dataclass(frozen=True)
class Words:
    """Every word that the kernel itself puts on a screen, in one locale."""

    locale: str
    moment: str
    yes: str
    question: str
    approval: str
    terms: str
    recovery: str
    decision: str
    decided: str
    choice: str
    instead: str
    told: str
    signature: str
    contract: str
    text: str
    too_long: str
    digest: str
    size: str
    parties: str
    certified: str
    uncertified: str
    guardian: str
    signed_by: str
    known_by: str
    doing: str
    things: str
    amount: str
    payee: str
    key: str
    reason: str
    given_up: str
    deadline: str
    most_at_risk: str
    longest: str
    service: str
    version: str
    vouched: str
    nobody_vouched: str
    flow: str
    grants: str
    no_grants: str
    deal: str
    where: str
    acts: str
    by: str
    no_deadline: str
    no_money: str
    nothing: str
    somebody: str
    at_most: str
    calls: str
    minute: tuple[str, str]
    hour: tuple[str, str]
    day: tuple[str, str]
    places: dict[Where, str]
    actors: dict[Acts, str]
    capabilities: dict[Capability, str]


ENGLISH = Words(
    locale="en",
    moment="d MMMM yyyy, HH:mm",
    yes="yes",
    question="Type the word {yes} to approve. Anything else, or nothing, means no.",
    approval="Do you approve this?",
    terms="Terms of business: do you want to use them?",
    recovery="Where your business stands",
    decision="Do you decide so?",
    decided="What is decided",
    choice="You decide",
    instead="Instead of",
    told="Told to",
    signature="Do you sign this with all of them?",
    contract="Contract",
    text="What you sign",
    too_long="the file with this fingerprint; read it before you approve",
    digest="Its fingerprint",
    size="{size} bytes",
    parties="Who else signs, by the key it signs with",
    certified="certified by {by}",
    uncertified="NOT CERTIFIED, called so by who invites",
    guardian="Trustee",
    signed_by="To be signed by",
    known_by="Known at latest by",
    doing="What is to be done",
    things="What happened so far",
    amount="Amount",
    payee="To",
    key="Key fingerprint",
    reason="Reason",
    given_up="You give up",
    deadline="Valid until",
    most_at_risk="Most at risk",
    longest="Ends at latest after",
    service="Service",
    version="Version",
    vouched="Vouched for by",
    nobody_vouched="NOBODY whom you trust",
    flow="How it goes",
    grants="What it may do",
    no_grants="compute and propose, nothing more",
    deal="Deal",
    where="Where the money is",
    acts="Who acts next",
    by="By",
    no_deadline="no deadline",
    no_money="no money",
    nothing="nothing",
    somebody="the party of the deal",
    at_most="at most {most}",
    calls="at most {calls} times",
    minute=("minute", "minutes"),
    hour=("hour", "hours"),
    day=("day", "days"),
    places={
        Where.PURSE: "in your purse",
        Where.HELD: "held for this deal by {holder}",
        Where.PAYEE: "paid to {holder}",
        Where.RETURNING: "on its way back to you from {holder}",
        Where.UNKNOWN: "not known yet; ask {holder} for the status, do not pay again",
    },
    actors={
        Acts.YOU: "you",
        Acts.PEER: "{actor}, the other side",
        Acts.BANK: "{actor}, the bank",
        Acts.TRUSTEE: "{actor}, the trustee",
        Acts.NOBODY: "nobody; the business has ended",
    },
    capabilities={
        Capability.ASK_BANK: "send messages to the bank of your purse",
        Capability.COINS_HOLD: "be handed coins that you approved",
        Capability.BANK_ISSUE: "issue coins of this bank",
        Capability.BANK_LEDGER: "post to this bank's ledger",
        Capability.BANK_ATTEST: "have this bank sign the state of a payment",
        Capability.MONEY_PAY: "follow terms under which you pay",
        Capability.MONEY_RECEIVE: "follow terms under which you are paid",
        Capability.STATEMENT_SIGN: "follow terms under which you sign statements",
        Capability.INFORMATION_RELEASE: "follow terms under which you hand over information",
        Capability.CREDENTIAL_SHOW: "show credentials of yours that you agreed to show",
        Capability.CREDENTIAL_ISSUE: "issue and revoke credentials in your name",
        Capability.CREDENTIAL_VERIFY: "redeem credentials shown to you",
    },
)

GERMAN = Words(
    locale="de",
    moment="d. MMMM yyyy, HH:mm",
    yes="ja",
    question="Zum Zustimmen das Wort {yes} eingeben. Alles andere, auch nichts, bedeutet nein.",
    approval="Stimmen Sie dem zu?",
    terms="Geschäftsbedingungen: möchten Sie sie nutzen?",
    recovery="Wie Ihr Geschäft steht",
    decision="Entscheiden Sie so?",
    decided="Worüber entschieden wird",
    choice="Sie entscheiden",
    instead="Statt",
    told="Mitgeteilt an",
    signature="Unterschreiben Sie dies mit allen Genannten?",
    contract="Vertrag",
    text="Was Sie unterschreiben",
    too_long="die Datei mit diesem Abdruck; bitte vor der Zustimmung lesen",
    digest="Ihr Abdruck",
    size="{size} Bytes",
    parties="Wer noch unterschreibt, mit welchem Schlüssel",
    certified="beglaubigt von {by}",
    uncertified="NICHT BEGLAUBIGT, vom Einladenden so genannt",
    guardian="Treuhänder",
    signed_by="Zu unterschreiben bis",
    known_by="Entschieden bis",
    doing="Was zu tun ist",
    things="Was bisher geschah",
    amount="Betrag",
    payee="An",
    key="Schlüsselabdruck",
    reason="Grund",
    given_up="Sie geben auf",
    deadline="Gültig bis",
    most_at_risk="Höchstens gefährdet",
    longest="Endet spätestens nach",
    service="Dienst",
    version="Version",
    vouched="Geprüft von",
    nobody_vouched="NIEMANDEM, dem Sie vertrauen",
    flow="Ablauf",
    grants="Was es darf",
    no_grants="rechnen und vorschlagen, sonst nichts",
    deal="Geschäft",
    where="Wo das Geld ist",
    acts="Wer jetzt handelt",
    by="Bis",
    no_deadline="keine Frist",
    no_money="kein Geld",
    nothing="nichts",
    somebody="die Gegenseite",
    at_most="höchstens {most}",
    calls="höchstens {calls} Mal",
    minute=("Minute", "Minuten"),
    hour=("Stunde", "Stunden"),
    day=("Tag", "Tage"),
    places={
        Where.PURSE: "in Ihrer Börse",
        Where.HELD: "für dieses Geschäft hinterlegt bei: {holder}",
        Where.PAYEE: "gezahlt an: {holder}",
        Where.RETURNING: "auf dem Rückweg zu Ihnen von: {holder}",
        Where.UNKNOWN: "noch unbekannt; Stand erfragen bei: {holder}; nicht noch einmal zahlen",
    },
    actors={
        Acts.YOU: "Sie",
        Acts.PEER: "{actor}, die Gegenseite",
        Acts.BANK: "{actor}, die Bank",
        Acts.TRUSTEE: "{actor}, der Treuhänder",
        Acts.NOBODY: "niemand; das Geschäft ist beendet",
    },
    capabilities={
        Capability.ASK_BANK: "der Bank Ihrer Börse Nachrichten senden",
        Capability.COINS_HOLD: "Münzen erhalten, denen Sie zugestimmt haben",
        Capability.BANK_ISSUE: "Münzen dieser Bank ausgeben",
        Capability.BANK_LEDGER: "in die Bücher dieser Bank schreiben",
        Capability.BANK_ATTEST: "den Stand einer Zahlung von dieser Bank unterschreiben lassen",
        Capability.MONEY_PAY: "Bedingungen folgen, unter denen Sie zahlen",
        Capability.MONEY_RECEIVE: "Bedingungen folgen, unter denen Sie Geld erhalten",
        Capability.STATEMENT_SIGN: "Bedingungen folgen, unter denen Sie Erklärungen unterschreiben",
        Capability.INFORMATION_RELEASE: "Bedingungen folgen, unter denen Sie Informationen herausgeben",
        Capability.CREDENTIAL_SHOW: "Nachweise zeigen, denen Sie zugestimmt haben",
        Capability.CREDENTIAL_ISSUE: "in Ihrem Namen Nachweise ausstellen und widerrufen",
        Capability.CREDENTIAL_VERIFY: "Ihnen gezeigte Nachweise einlösen",
    },
)

LOCALES: dict[str, Words] = {"en": ENGLISH, "de": GERMAN}
