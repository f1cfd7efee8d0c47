"""A home: the directory that holds one party's configuration, keys, archive, trust and preferences."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import platformdirs
import yaml

from semper_host.admission import strict_yaml
from semper_host.host import data
from semper_host.model.errors import SemperError, UsageError
from semper_host.model.learning import convert
from semper_host.supporting.cryptographic import durable_file
from semper_host.supporting.cryptographic.keyring import Keyring

if TYPE_CHECKING:
    from semper_host.supporting.archive.archive import Archive

ROLES = ("buyer", "merchant", "bank", "trustee", "repository", "authority")
CONFIG, KEYS, ARCHIVE, TRUST, PUBLIC, CONTENT = "config.yaml", "keys", "archive.db", "trust", "public", "content"
PASSPHRASE_FILE = "SEMPER_PASSPHRASE_FILE"
DRIVERS_LOCK = "drivers.lock"
_OWNER = "home-owner"
_OPENING = threading.Lock()  # threads of one host share one archive


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """config.yaml: who this home is, where it listens, and the SOCKS proxy that it calls out through, if any."""

    schema: str = "semper.config/1"
    role: str
    name: str
    listen: str = "127.0.0.1:0"
    url: str = ""
    repository: str = ""
    proxy: str = ""
    allow_scripted: bool = False
    database: str = ""


@dataclass(frozen=True)
class Home:
    """An opened home. Everything a party keeps lies below `path`; nobody else's process opens it."""

    path: Path
    config: Config
    keyring: Keyring

    @property
    def archive(self) -> Archive:
        """The archive, opened at the first use: most commands need none. Raises Unavailable STORAGE_*, HOME_BUSY."""
        with _OPENING:
            return self._archive

    @cached_property
    def _archive(self) -> Archive:
        from semper_host.supporting.archive.archive import Archive
        from semper_host.supporting.archive.backends import open_store

        archive = Archive(open_store(self.config.database or self.path / ARCHIVE), self.keyring.seed("archive"))
        if self.config.database:
            _check_owner(archive, self.keyring.seed("archive.owner"))
        return archive

    @property
    def public(self) -> Path:
        """The directory whose files this home's server shows to everybody."""
        return self.path / PUBLIC

    @property
    def trust(self) -> Path:
        """The directory with policy.yaml, the authorities' certificates and the drivers' lock."""
        return self.path / TRUST

    def close(self) -> None:
        """Close the archive, if it was opened."""
        if "_archive" in self.__dict__:
            self._archive.store.close()


def _check_owner(archive: Archive, owner: bytes) -> None:
    """Refuse the database of another home: what one party keeps, another's keys can't open."""
    standing = archive.commit(lambda tx: archive.write_once(tx, _OWNER, b"", owner))
    if standing not in (None, owner):
        archive.close()
        raise UsageError("CONFIG_INVALID", "cannot use the database: it belongs to another home")


def default_path() -> Path:
    """Return where the home lies when nobody says otherwise: SEMPER_HOME, else the platform's data directory."""
    named = os.environ.get("SEMPER_HOME")
    return Path(named) if named else Path(platformdirs.user_data_dir("semper"))


def create(path: Path, config: Config, passphrase: str) -> None:
    """Make a new home at `path`: owner-only directory, keys under `passphrase`, empty trust.

    Raises UsageError HOME_EXISTS where there is one, CONFIG_INVALID for an unknown role.
    """
    if config.role not in ROLES:
        raise UsageError(
            "CONFIG_INVALID", f"cannot create a home for role {config.role!r}: choose one of {', '.join(ROLES)}"
        )
    if (path / CONFIG).exists():
        raise UsageError("HOME_EXISTS", f"cannot create a home at {path}: there is one already")
    for directory in (path, path / TRUST / "authorities", path / PUBLIC):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
    Keyring.create(path / KEYS, passphrase)
    (path / TRUST / "policy.yaml").write_text("schema: semper.trust-policy/1\nauthorities: []\ndeny: []\n")
    shutil.copyfile(data.trust_roots() / DRIVERS_LOCK, path / TRUST / DRIVERS_LOCK)
    write_config(path, config)


def check_database(url: str) -> None:
    """Connect to a home's database once, so that a wrong address shows before anything is made.

    Raises UsageError (CONFIG_INVALID, STORAGE_DRIVER) and Unavailable (STORAGE_UNREACHABLE).
    """
    from semper_host.supporting.archive.backends import open_database

    open_database(url).close()


def write_config(path: Path, config: Config) -> None:
    """Write config.yaml atomically."""
    text = yaml.safe_dump(msgspec.to_builtins(config), sort_keys=False)
    draft = path / (CONFIG + ".new")
    draft.write_text(text)
    draft.replace(path / CONFIG)


def read_config(path: Path) -> Config:
    """Return the configuration of the home at `path`. Raises UsageError HOME_MISSING or CONFIG_INVALID."""
    file = path / CONFIG
    if not file.exists():
        raise UsageError("HOME_MISSING", f"cannot open a home at {path}: there is none; `semper init` makes one")
    try:
        return convert(strict_yaml.load(file.read_bytes()), Config)
    except (msgspec.ValidationError, SemperError) as error:
        raise UsageError("CONFIG_INVALID", f"cannot read {file}: {error}") from None


def open_home(path: Path, passphrase: str) -> Home:
    """Open the home at `path`, and remove what killed processes left aside in it.

    Raises HOME_MISSING, CONFIG_INVALID, PASSPHRASE_WRONG, KEYRING_INVALID.
    """
    config = read_config(path)
    home = Home(path, config, Keyring.open(path / KEYS, passphrase))
    for folder in _written_in(path):
        durable_file.sweep_abandoned(folder, time.time())
    return home


def _written_in(path: Path) -> Iterator[Path]:
    """Yield the folders of a home in which files are replaced; what was received is swept where it is written."""
    yield from (path, path / KEYS)
    for each in (path / TRUST, path / PUBLIC):
        yield each
        with contextlib.suppress(OSError):
            yield from [folder for folder in each.iterdir() if folder.is_dir() and not folder.is_symlink()]
