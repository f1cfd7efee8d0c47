"""Whom a trustee serves: merchants that its operator enrolled, each with a quota; nobody else leaves a row behind.

A merchant vouches for each deal: a statement by its certified key, made for one trustee, that names the keys of the
deal. Whoever asks shows it. An entry keeps the root that certifies its merchants, so that what is decided later about
that root blocks no exchange under way; for the same reason who is removed is still served in deals begun before.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256

from msgspec.structs import replace

from semper_host.admission.service_keys import (
    DealKey,
    ServiceKeys,
    open_deal_key,
    open_service_keys,
    sign_deal_key,
)
from semper_host.commerce import vouching
from semper_host.exchange.items import Party
from semper_host.host import identity
from semper_host.host.home import Home
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated, SemperError, UsageError
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.x509 import Purpose, TrustedRoot

QUOTA = 10_000
"""Decisions a day for one merchant, unless its entry says otherwise; all but resolutions may use half."""
GRACE = 90 * 24 * 3600
"""Seconds for which deals begun before a merchant's removal are still served."""
MOST_SKEW = 300
MOST_VOUCH = 16 * 1024
"""Bytes of a statement that are looked at."""
_SCOPE = b"enrolled"


class Enrolment(Record, frozen=True):
    """An entry: the merchant with `uri`, or with "" every merchant, certified under `root` (DER, called `name`)."""

    name: str
    root: bytes
    uri: str
    quota: int  # decisions a day for each merchant
    since: int
    until: int | None = None  # when it was removed

    @property
    def key(self) -> str:
        """The entry's name in the list."""
        return self.uri or f"root:{self.name}"


@dataclass(frozen=True)
class Admitted:
    """Who is served: the merchant, the key of its deal, and how many decisions a day."""

    merchant: str
    deal_key: bytes
    quota: int


@dataclass(frozen=True)
class Enrolments:
    """The list of one trustee; every process of the home sees the same."""

    home: Home

    def enrol(self, root: TrustedRoot, uri: str, quota: int, now: int) -> Enrolment:
        """Enrol a merchant, or with the uri "" all that `root` certifies; again, it changes root and quota."""
        if quota < 1:
            raise UsageError("USAGE_INVALID", "cannot enrol: the quota is less than one decision a day")
        if Purpose.MERCHANT not in root.purposes:
            message = f"cannot enrol: this home trusts {root.name} for no merchants; `semper trust add --may merchant`"
            raise UsageError("USAGE_INVALID", message)
        if uri and not uri.startswith(f"semper:{Purpose.MERCHANT}/"):
            message = f"cannot enrol {uri[:80]!r}: a merchant's URI is like semper:merchant/shop"
            raise UsageError("USAGE_INVALID", message)
        made = Enrolment(root.name, root.certificate, uri, quota, now)
        self._keep(made)
        return made

    def remove(self, key: str, now: int) -> Enrolment:
        """Serve no new deal of this entry. Raises UsageError USAGE_INVALID where there is none."""
        entry = next((each for each in self.all() if each.key == key and each.until is None), None)
        if entry is None:
            message = f"cannot remove {key[:80]!r}: `semper trustee list` shows who is enrolled"
            raise UsageError("USAGE_INVALID", message)
        removed = replace(entry, until=now)
        self._keep(removed)
        return removed

    def all(self) -> list[Enrolment]:
        """Return every entry, also those removed, by name."""
        archive = self.home.archive
        kept = archive.read(lambda tx: [archive.recall(_SCOPE, n, tx) for n in archive.kept_names(_SCOPE, tx)])
        return [Enrolment.decode(data) for data in kept if data is not None]

    def admit(self, vouch: bytes, trustee: bytes, parties: Collection[bytes], now: int) -> Admitted:
        """Return the enrolled merchant that vouches for one of the `parties` (signing keys) of an exchange.

        Raises PeerDeviated NOT_ENROLLED.
        """
        if not vouch or len(vouch) > MOST_VOUCH:
            raise refused("the request does not show for which merchant it is")
        entries = self.all()
        roots = {sha256(each.root).hexdigest(): each.root for each in entries}
        trusted = [TrustedRoot(name, root, frozenset({Purpose.MERCHANT})) for name, root in roots.items()]
        try:
            at = DealKey.decode(cose.peek(vouch).payload).at
            keys, certified = open_deal_key(vouch, "merchant", context_of(trustee), trusted, at)
        except SemperError as error:
            raise refused(error.message) from None
        if keys.signing not in parties or at > now + MOST_SKEW:
            raise refused("its merchant vouched for another deal")
        for entry in sorted(entries, key=lambda each: not each.uri):
            named = entry.uri in ("", certified.uri) and sha256(entry.root).hexdigest() == certified.root
            if named and (entry.until is None or (at < entry.until and now < entry.until + GRACE)):
                return Admitted(certified.uri, keys.signing, entry.quota)
        raise refused(f"{certified.uri[:80]!r} is not enrolled here")

    def issuer(self, statement: bytes, vouch: bytes) -> ServiceKeys:
        """Return the keys that a certified merchant states, under a root of this list, when the vouch was made.

        Raises SemperError where nobody here certifies it.
        """
        if len(statement) > MOST_VOUCH:
            raise refused("a statement of keys is too long")
        roots = {sha256(each.root).hexdigest(): each.root for each in self.all()}
        trusted = [TrustedRoot(name, root, frozenset({Purpose.MERCHANT})) for name, root in roots.items()]
        return open_service_keys(statement, "merchant", trusted, DealKey.decode(cose.peek(vouch).payload).at)[0]

    def _keep(self, entry: Enrolment) -> None:
        archive = self.home.archive
        archive.commit(lambda tx: archive.keep(tx, _SCOPE, entry.key, encode(entry)))


def vouch_for(home: Home, trustee: bytes, signing: bytes, sealing: bytes, now: int) -> bytes:
    """Return this merchant's statement that the keys of a deal are its own, for the trustee with key `trustee`."""
    keys = DealKey("merchant", signing, sealing, context_of(trustee), now)
    return sign_deal_key(keys, identity.certified(home))


def vouch_in(signed_keys: bytes, home: Home, party: Party, now: int) -> bytes:
    """Return our vouch as `vouch_for`, to the trustee of an offer, whose statement of keys is `signed_keys`."""
    return vouch_for(home, _keys_in(signed_keys).signing, party.signing, party.sealing, now)


def check_vouch(
    vouch: bytes | None, signed_keys: bytes, party: Party, roots: Collection[TrustedRoot], now: int
) -> None:
    """Require that a merchant vouches for `party`, its keys in a deal, to the trustee of its offer.

    Without that the trustee would refuse either side. Raises PeerDeviated PEER_IDENTITY, CHAIN_*, SIG_INVALID.
    """
    keys, _ = open_deal_key(vouch or b"", "merchant", context_of(_keys_in(signed_keys).signing), tuple(roots), now)
    if keys.signing != party.signing:
        raise PeerDeviated("PEER_IDENTITY", "cannot agree: the merchant vouches to the trustee for other keys")


def _keys_in(signed_keys: bytes) -> ServiceKeys:
    return ServiceKeys.decode(cose.peek(signed_keys).payload)


def context_of(trustee: bytes) -> bytes:
    """Return what a statement for the trustee with the signing key `trustee` is bound to, 32 bytes."""
    return vouching.context_of(trustee)


def refused(why: str) -> PeerDeviated:
    """Return the refusal of a request that no enrolled merchant stands behind."""
    return PeerDeviated("NOT_ENROLLED", f"cannot decide on the exchange: {why}")
