"""The trustee's resolve, judged, made durable and receipted, against its own cryptography and one append."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from benchmarks.fdatasync import DurableWrites
from benchmarks.measure import Bench, Row, in_turn, per_second, rate
from benchmarks.parties import BANK, BUYER, NOW, SELLER, TRUSTEE, Agreed, Side
from semper_host.exchange.accountability import acknowledge
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.requests import resolve_request
from semper_host.exchange.state import Role
from semper_host.exchange.trustee import Trustee, judge, label_in
from semper_host.host.enrolment import Admitted
from semper_host.host.trustee_rows import Rows
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.cryptographic.signing import verify

RESOLVES = 20
"""Requests of one run, each about another exchange."""


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows of this area."""
    place = bench.directory("trustee")
    archive, parties = Archive.open(place / "trustee.db", bytes(32)), Archive.open("sqlite://", bytes(32))
    disk, kept = DurableWrites(place / "bare"), Rows(archive)
    operations = _bare_operations(_request(parties))

    def resolves() -> float:
        requests = [_request(parties) for _ in range(RESOLVES)]
        started = time.perf_counter()
        for request in requests:
            _resolve(kept, TRUSTEE.crypto, request)
        return time.perf_counter() - started

    def limit() -> float:
        started = time.perf_counter()
        for _ in range(RESOLVES):
            for operation in operations:
                operation()
            disk.write()
        return time.perf_counter() - started

    timings = in_turn(bench.runs, resolves, limit)
    yield rate("exchange.resolve", "resolves/s", RESOLVES, timings[0], per_second(RESOLVES, timings[1]), least=0.5)
    for each in (archive, parties):
        each.close()
    disk.close()


def _request(parties: Archive) -> bytes:
    """Return a request to resolve an exchange whose buyer never got message 3."""
    agreed = Agreed.fresh()
    seller = Side(parties, agreed, Role.INITIATOR, SELLER.crypto)
    buyer = Side(parties, agreed, Role.RESPONDER, BUYER.crypto)
    first = seller.begin().message
    parties.commit(lambda tx: buyer.take(tx, first))
    return resolve_request(buyer.context.rules, first, buyer.consent().message)


def _resolve(kept: Rows, crypto: Crypto, request: bytes) -> None:
    """Do what host/trusteeing.py does with a request until its decision is durable; carrying it is the bank's time."""
    trustee = Trustee(crypto, TRUSTEE.signing.public, TRUSTEE.sealing.public)
    found = kept.find(label_in(request))
    judgement = judge(trustee, found, request, NOW)
    admitted = Admitted("semper:merchant/eurocom", os.urandom(32), quota=10**9)
    standing = kept.decide(judgement.row, admitted, NOW, owed=bool(judgement.effects), mine=False)
    acknowledge(trustee, judgement.row, request, NOW)
    assert found is None and standing is None and judgement.row.verdict == "resolved"


def _bare_operations(request: bytes) -> list[Callable[[], object]]:
    """Return the operations of one resolve as bare primitives: signatures, verifications, and HPKE of the key."""
    noted: list[Callable[[], object]] = []
    crypto, signers = TRUSTEE.crypto, (SELLER, BUYER, BANK, TRUSTEE)
    by_public = {each.signing.public: each.signing for each in signers}

    def sign(payload: bytes, kind: str) -> bytes:
        noted.append(partial(TRUSTEE.signing.sign, payload))
        return crypto.sign(payload, kind)

    def opened(signed: bytes, kind: str, public: bytes) -> bytes:
        payload = crypto.open(signed, kind, public)
        noted.append(partial(verify, public, by_public[public].sign(payload), payload))
        return payload

    def seal(public: bytes, plaintext: bytes, info: bytes) -> bytes:
        noted.append(partial(crypto.seal, public, plaintext, info))
        return crypto.seal(public, plaintext, info)

    def unseal(sealed: bytes, info: bytes) -> bytes:
        noted.append(partial(crypto.unseal, sealed, info))
        return crypto.unseal(sealed, info)

    trustee = Trustee(
        replace(crypto, sign=sign, open=opened, seal=seal, unseal=unseal), TRUSTEE.signing.public,
        TRUSTEE.sealing.public,
    )  # fmt: skip
    acknowledge(trustee, judge(trustee, None, request, NOW).row, request, NOW)
    return noted
