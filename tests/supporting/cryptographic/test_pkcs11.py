"""Keys in a PKCS#11 token: made there, used there, never taken out; what is wrong is said. SoftHSM plays the token."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError, Unavailable, UsageError
from semper_host.supporting.cryptographic import p256, pkcs11
from semper_host.supporting.cryptographic.pkcs11 import Place
from semper_host.supporting.cryptographic.x509 import Purpose, TrustedRoot
from semper_host.supporting.cryptographic.x509_chain import verify_chain
from semper_host.supporting.cryptographic.x509_issue import Applicant, Validity, issue_leaf, issue_root
from tests.supporting.cryptographic.soft_token import PIN, TOKEN, SoftToken, soft_token

pytestmark = pytest.mark.skipif(not soft_token.there, reason=soft_token.missing)
VALID = Validity(1_800_000_000, 1_900_000_000)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> SoftToken:
    """One token for all: a PKCS#11 module reads its configuration once a process."""
    made = SoftToken.make(tmp_path_factory.mktemp("token"))
    os.environ.update(made.environment)
    return made


@pytest.fixture(scope="module")
def place(token: SoftToken) -> Place:
    return pkcs11.make_key(token.module, TOKEN, PIN, "root")


def test_a_key_in_a_token_signs_like_any_other(place: Place) -> None:
    key = pkcs11.open_key(place, PIN)
    public = p256.parse_public(key.public)
    assert public is not None
    for message in (b"", b"hello", b"x" * 100_000):
        assert p256.verify(public, key.sign(message), message)
    assert not p256.verify(public, key.sign(b"hello"), b"hallo")


def test_the_chain_of_a_root_in_a_token_verifies(place: Place) -> None:
    purposes = frozenset({Purpose.EVALUATE})
    root = issue_root("Board", pkcs11.open_key(place, PIN), purposes, VALID)
    applicant = Applicant("Board", root.key.public, purposes, ("semper:evaluate/board",))
    trusted = [TrustedRoot("Board", root.chain[0], purposes)]
    assert verify_chain(issue_leaf(applicant, VALID, root), Purpose.EVALUATE, trusted, 1_850_000_000).name == "Board"


def test_the_key_does_not_leave_its_token(token: SoftToken, place: Place) -> None:
    with pytest.raises(UsageError, match="never leaves its token"):
        pkcs11.open_key(place, PIN).to_der()
    flags = token.ask("for key in session.get_objects({A.CLASS: C.PRIVATE_KEY}): print(key[A.SENSITIVE], "
                      "key[A.EXTRACTABLE], key[A.NEVER_EXTRACTABLE], key[A.LOCAL])")  # fmt: skip
    assert set(flags.splitlines()) == {"True False True True"}


def test_what_is_kept_of_a_key_says_where_it_lies_and_nothing_secret(place: Place) -> None:
    assert Place.decode(encode(place)) == place
    assert PIN.encode() not in encode(place)


@pytest.mark.parametrize("pin", ["", "1", "00000000"])
def test_a_wrong_pin_is_told(place: Place, pin: str) -> None:
    with pytest.raises(UsageError, match=r"^cannot use the token .*PIN is wrong") as caught:
        pkcs11.open_key(place, pin)
    assert caught.value.code == "PIN_WRONG"


def test_a_missing_module_token_or_key_is_told(token: SoftToken, place: Place) -> None:
    with pytest.raises(Unavailable, match=r"no usable PKCS#11 module at /nowhere\.so") as caught:
        pkcs11.make_key("/nowhere.so", TOKEN, PIN, "x")
    assert caught.value.code == "TOKEN_MISSING"
    with pytest.raises(Unavailable, match="it is not there"):
        pkcs11.make_key(token.module, "another", PIN, "x")
    with pytest.raises(Unavailable, match="does not hold the key"):
        pkcs11.open_key(Place(place.module, place.token, place.serial, b"?" * 16, place.public), PIN)
    with pytest.raises(Unavailable, match="it is not there"):
        pkcs11.open_key(Place(place.module, place.token, b"0" * 16, place.key, place.public), PIN)


def test_a_file_that_is_no_module_is_told(tmp_path: Path) -> None:
    (tmp_path / "module.so").write_text("not a library")
    with pytest.raises(Unavailable, match="no usable PKCS#11 module"):
        pkcs11.make_key(str(tmp_path / "module.so"), TOKEN, PIN, "x")


def test_a_token_that_holds_another_key_under_the_id_is_noticed(place: Place) -> None:
    other = p256.P256Key.from_seed(b"o" * 32)
    key = pkcs11.open_key(Place(place.module, place.token, place.serial, place.key, other.public), PIN)
    with pytest.raises(SemperError, match="signed with another key"):
        key.sign(b"hello")


def test_without_the_library_the_extra_is_named(place: Place) -> None:
    code = (
        "import sys; sys.modules['pkcs11'] = None\n"
        "from semper_host.supporting.cryptographic import pkcs11\n"
        "from semper_host.model.errors import SemperError\n"
        "try: pkcs11.make_key('m', 't', '1', 'x')\n"
        "except SemperError as error: print(error.code, error.message)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("TOKEN_MISSING cannot use") and "semper-host[pkcs11]" in ran.stdout
