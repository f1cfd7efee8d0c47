"""Who this home is: its certified key, and the service keys that the certified key vouches for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from semper_host.admission.service_keys import ServiceKeys, sign_service_keys
from semper_host.host.home import Home
from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.certificate_request import certifies, make_request
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.sealing import SealingKey
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import CertifiedKey

CERTIFIED = "identity.certified"
BACKDATED = 24 * 3600
"""Seconds by which a statement of keys is dated back, so that a slow clock is noticed as such and not as a stranger."""
SERVICE_VALIDITY = 90 * 24 * 3600
"""Seconds for which a statement of service keys holds; a running host signs a new one at every start."""


@dataclass(frozen=True)
class ServiceIdentity:
    """The keys a service signs and opens messages with, and the statement that certifies them."""

    signing: SigningKey
    sealing: SealingKey
    statement: bytes

    @cached_property
    def stated(self) -> ServiceKeys:
        """What the statement says."""
        return ServiceKeys.decode(cose.peek(self.statement).payload)


def request(home: Home) -> bytes:
    """Return this home's encoded certificate request, for a registration authority."""
    return make_request(home.config.name, _key(home))


def accept(home: Home, chain: tuple[bytes, ...]) -> None:
    """Keep the chain (DER, leaf first) that an authority issued. Raises UsageError where it is for another key."""
    key = _key(home)
    if not chain or not certifies(chain[0], key):
        raise UsageError("USAGE_INVALID", "cannot accept the certificate: it is for another key than this home's")
    home.keyring.store_certified(CERTIFIED, CertifiedKey(key, chain))


def certified(home: Home) -> CertifiedKey:
    """Return this home's certified key. Raises UsageError USAGE_INVALID where no authority has certified it yet."""
    found = home.keyring.load_certified(CERTIFIED)
    if found is None:
        raise UsageError(
            "USAGE_INVALID",
            "cannot sign as this home: it has no certificate; send the output of `semper authority request` to a"
            " registration authority and give what comes back to `semper authority accept`",
        )
    return found


def service(home: Home, now: int, *, system: str = "", keyset: bytes = b"") -> ServiceIdentity:
    """Return the service keys of a merchant, bank or trustee, with a fresh statement by its certified key."""
    signing = SigningKey.from_seed(home.keyring.seed("service.signing"))
    sealing = SealingKey.from_seed(home.keyring.seed("service.sealing"))
    keys = ServiceKeys(
        role=home.config.role,
        name=home.config.name,
        signing=signing.public,
        sealing=sealing.public,
        url=home.config.url,
        not_before=now - BACKDATED,
        not_after=now + SERVICE_VALIDITY,
        system=system,
        keyset=keyset,
    )
    return ServiceIdentity(signing, sealing, sign_service_keys(keys, certified(home)))


def _key(home: Home) -> P256Key:
    return P256Key.from_seed(home.keyring.seed("identity"))
