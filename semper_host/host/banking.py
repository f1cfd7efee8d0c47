"""The bank: an ecash mint over a double-entry ledger, answering its account holders and its exchanges' trustees.

The payment system's bundle composes every answer, confined in a fresh worker; the host keeps the keys, the ledger and
the clock, and answers what the bundle asks (`handlers.mint`). Its calls need no journal: a message sent again is
answered by the ledger, whose postings are made once, and a status must be told as it is now.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from copy import copy
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from semper_host.admission.admit import Admitted
from semper_host.admission.ceiling import runtime_grants
from semper_host.admission.pack import write_pack
from semper_host.host import installed, minting
from semper_host.host.accounts import Accounts
from semper_host.host.bank_line import BANK_PATH, read_call
from semper_host.host.handlers.mint import MintHandler
from semper_host.host.home import Home
from semper_host.host.installed import Decided
from semper_host.host.payments import KEYS_PATH, PACK_PATH
from semper_host.host.sandbox import Sandbox
from semper_host.host.service_page import KeysPage
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused, PeerDeviated
from semper_host.model.holds import CAPTURED, RELEASED, VOIDED
from semper_host.model.requests import Post, Request
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.ledger.ledger import Ledger

SYSTEM = "semper/ecash"
"""The id of the payment system that this host's bank runs."""
MOST_MESSAGE = 60 * 1024
"""Bytes of a message at most: it must fit into one frame to the confined worker."""
ENDS = (CAPTURED, RELEASED, VOIDED)
EXPIRED = ("EVAL_EXPIRED", "CHAIN_EXPIRED", "STATUS_STALE")
"""Refusals of the bundle because time passed. Holds are still ended; what was revoked or distrusted does nothing."""
_SCOPE = b"bank-bundle"
ADMITTED_SECONDS = 60
"""How long the bank uses its bundle before it decides on it again, so that a trust withdrawn stops it."""


def accounts_of(home: Home) -> Accounts:
    """Return the accounts of the bank in `home`. Raises UsageError HOME_MISSING where it has no mint."""
    return Accounts(home, Ledger(home.archive.store), minting.open_mint(home).keyset.currency)


class Bank:
    """A running bank. Raises UsageError where the home has no mint, no certificate or no payment system's bundle."""

    def __init__(self, home: Home, sandbox: Sandbox, clock: Callable[[], int] = lambda: int(time.time())) -> None:
        self._home, self._sandbox, self._clock = home, sandbox, clock
        self._mint = minting.open_mint(home)
        self.keys = KeysPage(home, clock, system=SYSTEM, keyset=lambda: encode(self._mint.keyset))
        self._ledger = Ledger(home.archive.store)
        self.accounts = Accounts(home, self._ledger, self._mint.keyset.currency)
        self._deciding = threading.Lock()
        self._decided = clock()
        self._bundle, self._expired = self._admit(self._decided)

    def answer(self, body: bytes) -> bytes:
        """Answer one encoded `bank_line.BankCall`: the payment system's message in, its answer out.

        Raises PeerDeviated for what is no call, BundleMisbehaved, CapabilityRefused, AdmissionRefused.
        """
        message, account = read_call(body, self.keys.identity.stated)
        if len(message) > MOST_MESSAGE:
            raise PeerDeviated("REQUEST_TOO_LARGE", f"cannot answer a message of more than {MOST_MESSAGE} bytes")
        bundle, expired = self._current()
        grants = runtime_grants(bundle.manifest.kind, bundle.grants)
        signing = self.keys.identity.signing
        handler = MintHandler(self._home.archive, self._ledger, self._mint, signing, self._clock, bundle.digest)
        answering = handler if expired is None else EndingHolds(handler, expired)
        answer: bytes = self._sandbox.run(bundle, grants, "bank.answer", (message, account), answering)
        return answer

    def bundle(self) -> Admitted:
        """Return the payment system's bundle, decided on within the last minute. Raises AdmissionRefused."""
        bundle, expired = self._current()
        if expired is not None:
            raise expired
        return bundle

    def _current(self) -> tuple[Admitted, AdmissionRefused | None]:
        """Return the bundle, and why it may only end what is held: what vouched for it has expired."""
        now = self._clock()
        with self._deciding:
            if not 0 <= now - self._decided < ADMITTED_SECONDS:
                (self._bundle, self._expired), self._decided = self._admit(now), now
            return self._bundle, self._expired

    def pack(self) -> bytes:
        """Return the payment system's bundle as a pack, for whoever opens a purse here."""
        return write_pack(installed.pack_of(self._home, self.bundle().digest))

    def routes(self) -> Mapping[str, Callable[[bytes], bytes]]:
        """Return what the bank answers by POST."""
        return {BANK_PATH: sealed_call.serve(self.keys.identity.sealing, BANK_PATH, self.answer)}

    def pages(self) -> Mapping[str, Callable[[], bytes]]:
        """Return what the bank answers by GET."""
        return {KEYS_PATH: self.keys, PACK_PATH: self.pack}

    def files(self) -> Mapping[str, Path]:
        """Return the directories served as files: none."""
        return {}

    def start(self) -> None:
        """Nothing runs beside the answers."""

    def stop(self) -> None:
        """Nothing runs beside the answers."""

    def _admit(self, now: int) -> tuple[Admitted, AdmissionRefused | None]:
        """Decide on the bundle; where that expired, take it as it was last admitted, and say why."""
        subject, expired = installed.current(self._home, SYSTEM), None
        before = self._last()
        try:
            bundle = installed.admit_pack(self._home, installed.pack_of(self._home, subject), now)
        except AdmissionRefused as error:
            if error.code not in EXPIRED or before is None or before.subject != subject:
                raise
            bundle, expired = installed.as_decided(self._home, subject, (before,), now), error
        name = bundle.manifest.name
        if bundle.manifest.kind != "payment-system" or "bank" not in bundle.manifest.entry:
            raise AdmissionRefused("MANIFEST_INVALID", f"cannot run a bank with {name}: it has no bank side")
        if expired is None:
            self._remember(bundle, before, now)
        return bundle, expired

    def _last(self) -> Decided | None:
        kept = self._home.archive.recall(_SCOPE, SYSTEM)
        return None if kept is None else Decided.decode(kept)

    def _remember(self, bundle: Admitted, before: Decided | None, now: int) -> None:
        (decided,) = installed.decided(self._home, [bundle], now)
        if before is None or replace(before, at=now) != decided:
            self._home.archive.commit(lambda tx: self._home.archive.keep(tx, _SCOPE, SYSTEM, encode(decided)))


class EndingHolds:
    """Answers what a bank's side asks to end holds that there are, or to say how things stand; begins nothing new.

    Held money must not stay held because nobody renewed an evaluation.
    """

    def __init__(self, answer: Callable[[Request], Any], refusal: AdmissionRefused) -> None:
        self._answer, self._refusal = answer, refusal

    def __call__(self, request: Request) -> Any:
        """Answer one request. Raises AdmissionRefused for a posting that ends no hold."""
        if isinstance(request, Post) and not (request.label and f"hold.{request.become}" in ENDS):
            raise copy(self._refusal)
        return self._answer(request)
