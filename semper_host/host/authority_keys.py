"""Where an authority's keys lie: in the home, derived from its seed; or in a PKCS#11 token, of which the home knows
only the way to them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from semper_host.host.home import Home
from semper_host.model.encoding import MalformedEncoding, Record, encode
from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic import pkcs11
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.pkcs11 import Place
from semper_host.supporting.cryptographic.x509 import CertifiedKey

ROOT, EVALUATOR = "authority.root", "authority.evaluator"
Pin = Callable[[str], str]
"""Gives the PIN of the token with this label: from a file, or asked of the person."""


class Token(NamedTuple):
    """A token to make keys in: the file of its PKCS#11 module, and its label."""

    module: str
    label: str


class Made(NamedTuple):
    """A key, and its place where it lies in a token."""

    key: P256Key
    place: Place | None


class _KeptInToken(Record, frozen=True):
    place: Place
    chain: tuple[bytes, ...]


def no_pin(token: str) -> str:
    """Refuse to give a PIN: for those who expect keys in the home."""
    raise UsageError("PIN_WRONG", f"cannot use the token {token!r}: nobody gave its PIN")


def make(home: Home, name: str, token: Token | None, pin: Pin) -> Made:
    """Return the key called `name`: derived from the home's seed, or made inside `token`. Nothing is kept yet."""
    if token is None:
        return Made(P256Key.from_seed(home.keyring.seed(name)), None)
    words = pin(token.label)
    place = pkcs11.make_key(token.module, token.label, words, f"semper {home.config.name} {name}")
    return Made(pkcs11.open_key(place, words), place)


def again(home: Home, name: str, token: Token | None, pin: Pin) -> Made:
    """Return the key called `name` that the home has already, else what `make` makes."""
    kept = _in_token(home, name)
    if kept is not None:
        return Made(pkcs11.open_key(kept.place, pin(kept.place.token)), kept.place)
    return make(home, name, token, pin)


def keep(home: Home, name: str, certified: CertifiedKey, place: Place | None) -> None:
    """Keep a certified key, or where it lies, under `name`."""
    if place is None:
        home.keyring.store_certified(name, certified)
    else:
        home.keyring.store(f"{name}.token", encode(_KeptInToken(place, certified.chain)))


def load(home: Home, name: str, pin: Pin) -> CertifiedKey | None:
    """Return the certified key kept under `name`, None where there is none. Raises TOKEN_MISSING, PIN_WRONG."""
    kept = _in_token(home, name)
    if kept is None:
        return home.keyring.load_certified(name)
    return CertifiedKey(pkcs11.open_key(kept.place, pin(kept.place.token)), kept.chain)


def chain(home: Home, name: str) -> tuple[bytes, ...]:
    """Return the certificates of the key kept under `name` without touching the key; none where there is none."""
    kept = _in_token(home, name)
    if kept is not None:
        return kept.chain
    certified = home.keyring.load_certified(name)
    return certified.chain if certified else ()


def token_of(home: Home, name: str) -> Token | None:
    """Return the token that the key lies in, None for a key in the home."""
    kept = _in_token(home, name)
    return Token(kept.place.module, kept.place.token) if kept else None


def _in_token(home: Home, name: str) -> _KeptInToken | None:
    data = home.keyring.load(f"{name}.token")
    try:
        return None if data is None else _KeptInToken.decode(data)
    except MalformedEncoding:
        raise UsageError("KEYRING_INVALID", f"cannot use the keyring: {name}.token is damaged") from None
