"""Who issues the credentials of a deal: the merchant itself, by the key that its certified statement names.

The buyer asks for that statement before it agrees, and keeps it: it is what a verifier is shown later, and what tells
the trustee where credentials can be revoked.
"""

from __future__ import annotations

from semper_host.admission.service_keys import open_service_keys
from semper_host.commerce.brought import NOTHING
from semper_host.commerce.projection import Part
from semper_host.exchange.legs import presentation
from semper_host.host import identity, installed
from semper_host.host.business import SELLER, Business
from semper_host.host.credentials.desk import Desk
from semper_host.host.home import Home
from semper_host.host.payments import KEYS_PATH
from semper_host.host.sandbox import Sandbox
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.communication.client import Client

_STATEMENTS = b"issuer-statements"
MOST_STATEMENT = 64 * 1024


def check_credentials(home: Home, sandbox: Sandbox, line: Client, business: Business, now: int) -> None:
    """Require that the credentials of a deal can be given and shown as agreed, before the buyer approves anything.

    Raises PeerDeviated PEER_IDENTITY, CHAIN_*, UsageError CREDENTIAL_MISSING, BUNDLE_UNKNOWN, Unavailable.
    """
    check_issuer(home, line, business, now)
    desk = Desk(home, sandbox, now, business.beginning.decided)
    for spec in business.plan.automaton.specs.values():
        stake = business.plan.stakes.get(spec.step)
        for item in () if stake is None or spec.part is not Part.RESPOND else stake.right:
            if item.form == presentation.LEG.form and item.status is not None:
                desk.showable(item.digest, item.status.issuer, now)


def check_issuer(home: Home, line: Client, business: Business, now: int) -> None:
    """Require that what the seller issues in this deal, or wants to be shown, bears the key that it is certified for;
    keep its statement.

    Raises PeerDeviated PEER_IDENTITY, CHAIN_*, Unavailable. Asks nobody where the seller issues and asks for nothing.
    """
    issuers = _issuers(business)
    if not issuers:
        return
    statement = line.get(business.offer.url + KEYS_PATH, MOST_STATEMENT)
    roots = installed.trust_of(home, business.beginning.decided).roots
    keys, certified = open_service_keys(statement, "merchant", roots, now)
    if issuers != {keys.signing} or certified.uri != business.opened.merchant.uri:
        message = "cannot agree: the seller gives or asks for credentials of an issuer that it is not certified to be"
        raise PeerDeviated("PEER_IDENTITY", message, evidence=statement)
    home.archive.commit(lambda tx: home.archive.keep(tx, _STATEMENTS, business.deal.hex(), statement))


def statements(home: Home, business: Business, now: int) -> tuple[bytes, ...]:
    """Return the statements of the issuers of this deal, which the trustee is shown."""
    if business.beginning.side == SELLER:
        return (identity.service(home, now).statement,)
    kept = home.archive.recall(_STATEMENTS, business.deal.hex())
    return () if kept is None else (kept,)


def _issuers(business: Business) -> set[bytes]:
    """Return the keys of whoever issues what the seller gives, or asks to see."""
    said = business.agreement.brought or NOTHING
    return {each.issuer for each in said.issued} | {each.issuer for each in said.asked}
