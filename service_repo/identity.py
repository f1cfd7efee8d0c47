"""Who a repository is: its keys, its witnesses and where it writes. Kept beside what is served, readable by its owner.

DIRECTORY            the files that everybody may read
DIRECTORY.private/   log.json (Settings), log.seed, status.seed, authorities/*.crt, repository.db, locks
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import msgspec

from semper_host.admission.log_evidence import LogPolicy, WitnessKey
from semper_host.model.errors import SemperError, UsageError
from semper_host.supporting.cryptographic.certificate_file import MAX_FILE, read_certificates
from semper_host.supporting.cryptographic.entropy import fresh_seed
from semper_host.supporting.cryptographic.signing import SigningKey, check_public
from semper_host.supporting.cryptographic.x509 import Purpose, TrustedRoot
from service_repo.durable_file import Folder

SETTINGS, DATABASE = "log.json", "repository.db"
_SCHEMA = "semper.log/1"


class Witness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A witness: the name it cosigns under, its Ed25519 key in hex, the address before `/add-checkpoint`."""

    name: str
    key: str
    url: str


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator decides. `database` is a postgresql:// address; "" means SQLite beside these settings."""

    origin: str = ""
    witnesses: tuple[Witness, ...] = ()
    quorum: int = 0
    database: str = ""
    schema: str = _SCHEMA


class Keys(NamedTuple):
    """The keys of a repository: one signs checkpoints, one signs the status."""

    log: SigningKey
    status: SigningKey


class Identity(NamedTuple):
    """A repository's settings and keys."""

    settings: Settings
    keys: Keys

    @property
    def policy(self) -> LogPolicy:
        """What readers must know to verify the log."""
        witnesses = tuple(WitnessKey(each.name, bytes.fromhex(each.key)) for each in self.settings.witnesses)
        quorum = self.settings.quorum
        return LogPolicy(self.settings.origin, self.keys.log.public, witnesses, quorum, self.keys.status.public)


def private_folder(directory: Path) -> Path:
    """Return where the repository in `directory` keeps what nobody else may read."""
    return directory.with_name(f"{directory.name}.private")


def make(directory: Path, settings: Settings) -> None:
    """Make keys and settings for the repository in `directory`, those that are there stay. Raises UsageError."""
    private = private_folder(directory)
    private.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Folder(private)
    for name in ("log.seed", "status.seed"):
        if not (private / name).exists():
            folder.write(name, fresh_seed())
            os.chmod(private / name, 0o600)
    if folder.read(SETTINGS) is None:
        key = SigningKey.from_seed((private / "log.seed").read_bytes())
        named = settings.origin or f"semper-repository/{key.public.hex()[:16]}"
        save(directory, msgspec.structs.replace(settings, origin=named))


def save(directory: Path, settings: Settings) -> None:
    """Keep changed settings; an open repository does not notice. Raises UsageError CONFIG_INVALID."""
    _check(settings)
    data = msgspec.json.format(msgspec.json.encode(settings), indent=2)
    Folder(private_folder(directory)).write(SETTINGS, data + b"\n")


def load(directory: Path) -> Identity:
    """Return settings and keys of the repository in `directory`. Raises UsageError CONFIG_INVALID, KEYRING_INVALID."""
    private = private_folder(directory)
    try:
        settings = msgspec.json.decode((private / SETTINGS).read_bytes(), type=Settings)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError("CONFIG_INVALID", f"cannot use {private / SETTINGS}: {error}") from None
    _check(settings)
    try:
        seeds = [(private / name).read_bytes() for name in ("log.seed", "status.seed")]
        return Identity(settings, Keys(*map(SigningKey.from_seed, seeds)))
    except (OSError, ValueError) as error:
        raise UsageError("KEYRING_INVALID", f"cannot use the keys in {private}: {error}") from None


def authorities(directory: Path) -> tuple[TrustedRoot, ...]:
    """Return the authorities whose statements are taken, from authorities/*.crt; none there: anybody's are.

    Raises what reading a certificate does.
    """
    files = sorted((private_folder(directory) / "authorities").glob("*.crt"))
    found = [(file.stem, read_certificates(file.read_bytes()[: MAX_FILE + 1])[0]) for file in files]
    return tuple(TrustedRoot(name, certificate, frozenset({Purpose.EVALUATE})) for name, certificate in found)


def _check(settings: Settings) -> None:
    cause = ""
    if settings.schema != _SCHEMA:
        cause = f"its schema is not {_SCHEMA}"
    elif not settings.origin or any(c.isspace() or c == "+" for c in settings.origin):
        cause = "origin has spaces, a plus sign, or nothing"
    elif not 0 <= settings.quorum <= len(settings.witnesses) or bool(settings.witnesses) > settings.quorum:
        cause = f"quorum {settings.quorum} does not fit {len(settings.witnesses)} witnesses"
    elif len({each.name for each in settings.witnesses} | {each.key for each in settings.witnesses}) != 2 * len(
        settings.witnesses
    ):
        cause = "two witnesses have one name or one key"
    try:
        for each in settings.witnesses:
            check_public(bytes.fromhex(each.key))
    except (SemperError, ValueError):
        cause = "a witness's key is not an Ed25519 key in hex"
    if cause:
        raise UsageError("CONFIG_INVALID", f"cannot use the repository's {SETTINGS}: {cause}")
