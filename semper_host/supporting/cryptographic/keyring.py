"""The keyring of a home: one master secret under a passphrase, from which all keys of the party derive.

A folder of mode 0700 with files of mode 0600, owned by the user who runs the host; anything else is refused,
because then others may have read it. `keyring` holds the master secret encrypted under the stretched
passphrase; `NAME.secret` holds an imported secret encrypted under the master secret.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from semper_host.model.encoding import MalformedEncoding, Record, encode
from semper_host.model.errors import Unavailable, UsageError
from semper_host.supporting.cryptographic import durable_file
from semper_host.supporting.cryptographic.entropy import fresh, fresh_seed
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.secret import Box, Stretching, derive, stretch
from semper_host.supporting.cryptographic.x509 import CertifiedKey

FORMAT = "semper.keyring/1"
_MASTER_FILE = "keyring"
_NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_LARGEST = 1 << 20


class _MasterFile(Record, frozen=True):
    format: str
    stretching: Stretching
    sealed: bytes  # the master secret under the stretched passphrase


class _CertifiedKeyFile(Record, frozen=True):
    private: bytes  # PKCS #8, DER
    chain: tuple[bytes, ...]


class Keyring:
    """An open keyring. Keys are derived by name; imported secrets are stored by name."""

    def __init__(self, directory: Path, master: bytes) -> None:
        self._directory = directory
        self._master = master
        self._box = Box(derive(master, b"semper/keyring/store/1"))

    @classmethod
    def create(cls, directory: Path, passphrase: str) -> Keyring:
        """Make a new keyring in `directory`, which is made where missing.

        Raises UsageError (HOME_EXISTS, KEYRING_INVALID).
        """
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_directory(directory)
        if (directory / _MASTER_FILE).exists():
            raise UsageError("HOME_EXISTS", f"cannot create a keyring: {directory} has one")
        master = fresh_seed()
        _write_master(directory, passphrase, master)
        return cls(directory, master)

    @classmethod
    def open(cls, directory: Path, passphrase: str) -> Keyring:
        """Open the keyring in `directory`. Raises UsageError (KEYRING_INVALID, PASSPHRASE_WRONG)."""
        _check_directory(directory)
        return cls(directory, _read_master(directory, passphrase))

    def change_passphrase(self, old: str, new: str) -> None:
        """Protect the master secret by `new` from now on; keys stay the same. Raises UsageError (PASSPHRASE_WRONG)."""
        _write_master(self._directory, new, _read_master(self._directory, old))

    def seed(self, name: str) -> bytes:
        """Return the 32-byte seed called `name`; the same keyring always gives the same."""
        return derive(self._master, b"semper/keyring/seed/1/" + _checked(name).encode())

    def derive(self, purpose: str, counter: int) -> bytes:
        """Return the `counter`-th 32-byte seed for `purpose` (deal keys, coins): restored by counting again."""
        return derive(self._master, b"semper/keyring/derive/1/" + encode([purpose, counter]))

    def store(self, name: str, data: bytes) -> None:
        """Keep `data` under `name`, encrypted, durable on return; replaces what was there."""
        durable_file.replace(self._path(name), self._box.encrypt(data, name.encode()))

    def load(self, name: str) -> bytes | None:
        """Return what was stored under `name`, or None. Raises UsageError (KEYRING_INVALID)."""
        path = self._path(name)
        if not path.exists() and not path.is_symlink():
            return None
        try:
            return self._box.decrypt(_read_private(path), name.encode())
        except Unavailable:
            raise _invalid(f"{path} was changed, or belongs to another keyring") from None

    def store_certified(self, name: str, key: CertifiedKey) -> None:
        """Keep a certified key (private key and chain) under `name`."""
        self.store(name, encode(_CertifiedKeyFile(key.key.to_der(), key.chain)))

    def load_certified(self, name: str) -> CertifiedKey | None:
        """Return the certified key stored under `name`, or None. Raises UsageError (KEYRING_INVALID)."""
        data = self.load(name)
        if data is None:
            return None
        try:
            kept = _CertifiedKeyFile.decode(data)
        except MalformedEncoding:
            raise _invalid(f"{name} is not a certified key") from None
        return CertifiedKey(P256Key.from_der(kept.private), kept.chain)

    def __repr__(self) -> str:
        return f"Keyring({str(self._directory)!r})"

    def _path(self, name: str) -> Path:
        return self._directory / f"{_checked(name)}.secret"


def _write_master(directory: Path, passphrase: str, master: bytes) -> None:
    stretching = Stretching(salt=fresh(16))
    sealed = Box(stretch(passphrase, stretching)).encrypt(master, _context(stretching))
    durable_file.replace(directory / _MASTER_FILE, encode(_MasterFile(FORMAT, stretching, sealed)))


def _read_master(directory: Path, passphrase: str) -> bytes:
    path = directory / _MASTER_FILE
    try:
        kept = _MasterFile.decode(_read_private(path))
    except MalformedEncoding:
        raise _invalid(f"{path} is damaged") from None
    if kept.format != FORMAT or not kept.stretching.acceptable():
        raise _invalid(f"{path} has a format or parameters that this host does not accept")
    try:
        return Box(stretch(passphrase, kept.stretching)).decrypt(kept.sealed, _context(kept.stretching))
    except Unavailable:
        raise UsageError("PASSPHRASE_WRONG", "cannot open the keyring: the passphrase is wrong") from None


def _context(stretching: Stretching) -> bytes:
    return FORMAT.encode() + encode(stretching)


def _checked(name: str) -> str:
    if len(name) > 100 or not _NAME.fullmatch(name):
        raise ValueError(f"cannot use {name!r} as a key's name: small letters, digits and . _ - only")
    return name


def _check_directory(directory: Path) -> None:
    """Refuse a folder that is not the user's own and closed to everybody else."""
    try:
        status = directory.lstat()
    except OSError as error:
        raise _invalid(f"{directory}: {error.strerror}") from None
    if not stat.S_ISDIR(status.st_mode):
        raise _invalid(f"{directory} is not a folder")
    _check_owner_only(directory, status, 0o700)


def _read_private(path: Path) -> bytes:
    """Return the content of a regular file that is the user's own, of mode 0600 and not a link."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _invalid(f"{path}: {error.strerror}") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            raise _invalid(f"{path} is not a key file")
        _check_owner_only(path, status, 0o600)
        return os.read(descriptor, _LARGEST)
    finally:
        os.close(descriptor)


def _check_owner_only(path: Path, status: os.stat_result, mode: int) -> None:
    if status.st_uid != os.geteuid():
        raise _invalid(f"{path} belongs to another user")
    if stat.S_IMODE(status.st_mode) != mode:
        raise _invalid(f"{path} has mode {stat.S_IMODE(status.st_mode):04o}; it must be {mode:04o}, closed to others")


def _invalid(why: str) -> UsageError:
    return UsageError("KEYRING_INVALID", f"cannot use the keyring: {why}")
