"""A small mint with real keys, and real archives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from semper_host.host.handlers.mint import MintHandler
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.host.handlers.purse import PurseHandler
from semper_host.host.handlers.purse_state import Purse
from semper_host.model.requests import Reply
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.ledger.ledger import Ledger

NOW = 1_800_000_000


@pytest.fixture(scope="session")
def mint_keys() -> MintKeys:
    return MintKeys.generate("EUR", NOW + 10**8, [1, 2, 4, 8])


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(tmp_path / "archive.db", bytes(32))
    yield opened
    opened.close()


@pytest.fixture
def purse(archive: Archive, mint_keys: MintKeys) -> Purse:
    return Purse(archive, "purse", mint_keys.keyset)


@pytest.fixture
def payer(purse: Purse) -> PurseHandler:
    return PurseHandler(purse, b"seed".ljust(32), lambda message, account: Reply(True, message), lambda: NOW)


@pytest.fixture
def mint(archive: Archive, mint_keys: MintKeys) -> MintHandler:
    signing = SigningKey.from_seed(b"bank".ljust(32))
    return MintHandler(archive, Ledger(archive.store), mint_keys, signing, lambda: NOW)
