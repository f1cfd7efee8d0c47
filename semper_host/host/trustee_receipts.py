"""A trustee's receipts as a party keeps them: the first for each label, and the proof if a later one contradicts it."""

from __future__ import annotations

from semper_host.admission.service_keys import ServiceKeys
from semper_host.exchange.accountability import RECEIPT, check_receipt, equivocation
from semper_host.exchange.items import Token
from semper_host.exchange.requests import label_in
from semper_host.host.home import Home
from semper_host.host.trustee_line import ask_trustee
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic import cose

_RECEIPTS, _PROOFS = "trustee-receipts", "trustee-equivocations"


def ask(
    home: Home, client: Client, trustee: ServiceKeys, request: bytes, vouch: bytes | None,
    issuers: tuple[bytes, ...] = (),
) -> bytes:  # fmt: skip
    """Ask the trustee as `trustee_line.ask_trustee` does, keeping its receipt; return its encoded Answer."""

    def keep(said: bytes) -> None:
        keep_receipt(home, trustee, request, said)

    return ask_trustee(client, trustee, request, vouch or b"", keep, issuers)


def keep_receipt(home: Home, trustee: ServiceKeys, request: bytes, signed: bytes) -> None:
    """Check the trustee's receipt for our request and keep it; the first for a label stands.

    Raises PeerDeviated where it is for another request, or where trustee contradicts what it signed before: then both
    are kept as evidence that convicts it (`receipts_of`).
    """
    label, archive = label_in(request), home.archive
    check_receipt(cose.open1, trustee.signing, label, request, signed)
    first = archive.commit(lambda tx: archive.write_once(tx, _RECEIPTS, label, signed))
    if first is None:
        return
    proof = equivocation(cose.open1, trustee.signing, Token(RECEIPT, first), Token(RECEIPT, signed))
    if proof is not None:
        evidence = encode(proof)
        archive.commit(lambda tx: archive.write_once(tx, _PROOFS, label, evidence))
        message = "cannot use the trustee's answer: it signed another decision on this exchange before"
        raise PeerDeviated("PEER_DEVIATED", message, evidence=evidence)


def receipts_of(home: Home, label: bytes) -> tuple[bytes | None, bytes | None]:
    """Return the first receipt on L, and the encoded `accountability.Equivocation` if the trustee signed two."""
    return home.archive.written(_RECEIPTS, label), home.archive.written(_PROOFS, label)
