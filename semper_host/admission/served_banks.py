"""Which banks a trustee works with: stated with its keys, and checked before anybody agrees to an exchange.

Once both sides have agreed on a trustee and a bank, the trustee may not refuse to resolve. So whether it can have
money released there is settled beforehand, by everybody.
"""

from __future__ import annotations

from semper_host.admission.service_keys import ServiceKeys
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated


class Served(Record, frozen=True):
    """The signing keys of the banks at which a trustee can have held money released or given back."""

    banks: tuple[bytes, ...]


def write_served(banks: tuple[bytes, ...]) -> bytes:
    """Return what a trustee states in its service keys (`ServiceKeys.keyset`)."""
    return encode(Served(tuple(sorted(banks))))


def check_served(trustee: ServiceKeys, bank: ServiceKeys) -> None:
    """Require that the trustee states to work with the bank. Raises PeerDeviated NO_COMMON_PAYMENT."""
    served = Served.decode(trustee.keyset).banks if trustee.keyset else ()
    if bank.signing not in served:
        raise PeerDeviated(
            "NO_COMMON_PAYMENT", f"cannot agree: the trustee {trustee.name} does not work with the bank {bank.name}"
        )
