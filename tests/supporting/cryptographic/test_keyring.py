"""The keyring: for its owner alone, and the same keys every time."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from semper_host.model.encoding import decode, encode
from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic.keyring import Keyring
from tests.supporting.cryptographic.scheme import Scheme


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def ring(home: Path) -> Keyring:
    return Keyring.create(home, "correct horse")


def refused(action: Callable[[], object], code: str = "KEYRING_INVALID") -> str:
    with pytest.raises(UsageError) as refusal:
        action()
    assert refusal.value.code == code and refusal.value.message.startswith("cannot ")
    return refusal.value.message


def reopened(home: Path) -> Keyring:
    return Keyring.open(home, "correct horse")


def test_same_keyring_gives_the_same_keys(home: Path, ring: Keyring) -> None:
    again = reopened(home)
    assert ring.seed("signing") == again.seed("signing") and ring.derive("coin", 7) == again.derive("coin", 7)


def test_no_two_keys_are_alike(ring: Keyring, tmp_path: Path) -> None:
    other = Keyring.create(tmp_path / "other", "correct horse")
    seeds = [one.seed(name) for one in (ring, other) for name in ("signing", "sealing", "coin")]
    seeds += [ring.derive(purpose, counter) for purpose in ("coin", "deal", "coin1") for counter in (0, 1, 11, 2**40)]
    assert len(set(seeds)) == len(seeds) and {len(seed) for seed in seeds} == {32}


def test_wrong_passphrase_is_refused(home: Path, ring: Keyring) -> None:
    for wrong in ("", "Correct horse", "correct horse "):
        refused(lambda wrong=wrong: Keyring.open(home, wrong), "PASSPHRASE_WRONG")  # type: ignore[misc]


def test_passphrase_can_be_changed(home: Path, ring: Keyring) -> None:
    ring.store("card", b"secret")
    refused(lambda: ring.change_passphrase("wrong", "new"), "PASSPHRASE_WRONG")
    ring.change_passphrase("correct horse", "new")
    refused(lambda: reopened(home), "PASSPHRASE_WRONG")
    again = Keyring.open(home, "new")
    assert again.seed("signing") == ring.seed("signing") and again.load("card") == b"secret"


def test_existing_keyring_is_never_overwritten(home: Path, ring: Keyring) -> None:
    refused(lambda: Keyring.create(home, "other"), "HOME_EXISTS")
    assert reopened(home).seed("x") == ring.seed("x")


def test_files_are_for_the_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        ring = Keyring.create(tmp_path / "deep" / "keys", "pass")
        ring.store("card", b"secret")
    finally:
        os.umask(before)
    directory = tmp_path / "deep" / "keys"
    assert directory.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir()} == {0o600}


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o770, 0o701, 0o1700, 0o500])
def test_folder_of_another_mode_is_refused(mode: int, home: Path, ring: Keyring) -> None:
    home.chmod(mode)
    assert "mode" in refused(lambda: reopened(home))
    refused(lambda: Keyring.create(home, "x"))
    home.chmod(0o700)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604, 0o400, 0o700])
def test_file_of_another_mode_is_refused(mode: int, home: Path, ring: Keyring) -> None:
    ring.store("card", b"secret")
    for name, use in (("keyring", lambda: reopened(home)), ("card.secret", lambda: ring.load("card"))):
        (home / name).chmod(mode)
        assert "mode" in refused(use)
        (home / name).chmod(0o600)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_file_of_another_user_is_refused(home: Path, ring: Keyring) -> None:
    os.chown(home / "keyring", 12345, -1)
    assert "another user" in refused(lambda: reopened(home))
    os.chown(home / "keyring", 0, -1)
    os.chown(home, 12345, -1)
    assert "another user" in refused(lambda: reopened(home))


def test_links_folders_and_pipes_are_refused(home: Path, ring: Keyring, tmp_path: Path) -> None:
    ring.store("card", b"secret")
    aside = tmp_path / "aside"
    (home / "card.secret").rename(aside)
    (home / "card.secret").symlink_to(aside)
    refused(lambda: ring.load("card"))
    (home / "gone.secret").symlink_to(tmp_path / "nowhere")
    refused(lambda: ring.load("gone"))
    (home / "folder.secret").mkdir(mode=0o600)
    refused(lambda: ring.load("folder"))
    os.mkfifo(home / "pipe.secret", 0o600)
    refused(lambda: ring.load("pipe"))
    linked = tmp_path / "linked"
    linked.symlink_to(home)
    refused(lambda: reopened(linked))


def test_missing_keyring_is_refused(tmp_path: Path) -> None:
    refused(lambda: reopened(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir(mode=0o700)
    refused(lambda: reopened(tmp_path / "empty"))


def test_stored_secrets_come_back_encrypted_in_between(home: Path, ring: Keyring) -> None:
    assert ring.load("mint-eur-100") is None
    ring.store("mint-eur-100", b"private key")
    ring.store("mint-eur-100", b"private key 2")
    assert reopened(home).load("mint-eur-100") == b"private key 2"
    assert b"private" not in (home / "mint-eur-100.secret").read_bytes()


def test_stored_secret_does_not_pass_under_another_name_or_in_another_keyring(
    home: Path, ring: Keyring, tmp_path: Path
) -> None:
    ring.store("one", b"secret")
    (home / "two.secret").write_bytes((home / "one.secret").read_bytes())
    (home / "two.secret").chmod(0o600)
    refused(lambda: ring.load("two"))
    other = Keyring.create(tmp_path / "other", "pass")
    other.store("one", b"other")
    (home / "one.secret").write_bytes((tmp_path / "other" / "one.secret").read_bytes())
    refused(lambda: ring.load("one"))


def test_every_changed_byte_of_the_keyring_is_detected(home: Path, ring: Keyring) -> None:
    data = (home / "keyring").read_bytes()
    for position in [*range(0, 40, 3), *range(40, len(data), 11)]:
        changed = bytearray(data)
        changed[position] ^= 1
        (home / "keyring").write_bytes(changed)
        with pytest.raises(UsageError) as refusal:
            reopened(home)
        assert refusal.value.code in ("KEYRING_INVALID", "PASSPHRASE_WRONG")


def test_hostile_stretching_parameters_are_refused(home: Path, ring: Keyring) -> None:
    kept = decode((home / "keyring").read_bytes())
    for n in (2, 2**40):
        kept[1][1] = n
        (home / "keyring").write_bytes(encode(kept))
        assert "parameters" in refused(lambda: reopened(home))


@pytest.mark.parametrize("name", ["", "../x", "a/b", "A", ".hidden", "a b", "é", "a" * 101, "x\n", "keyring\0"])
def test_names_are_plain(name: str, ring: Keyring) -> None:
    for use in (ring.seed, ring.load, lambda name: ring.store(name, b"")):
        with pytest.raises(ValueError, match="name"):
            use(name)


def test_interrupted_write_leaves_the_old_secret(home: Path, ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    ring.store("card", b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="space"):
        ring.store("card", b"new")
    monkeypatch.undo()
    assert ring.load("card") == b"old" and sorted(path.name for path in home.iterdir()) == ["card.secret", "keyring"]


def test_certified_key_comes_back(ring: Keyring, scheme: Scheme) -> None:
    assert ring.load_certified("merchant") is None
    ring.store_certified("merchant", scheme.remote)
    key = ring.load_certified("merchant")
    assert key is not None and key.chain == scheme.remote.chain and key.fingerprint == scheme.remote.fingerprint
    ring.store("other", b"no certified key")
    refused(lambda: ring.load_certified("other"))


def test_keyring_does_not_show_its_secret(home: Path, ring: Keyring) -> None:
    assert repr(ring) == f"Keyring({str(home)!r})"
