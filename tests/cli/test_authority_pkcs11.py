"""`semper authority` with its keys in a PKCS#11 token: all that it does with keys in files, and what goes wrong."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.supporting.cryptographic.soft_token import PIN, TOKEN, SoftToken, soft_token

pytestmark = pytest.mark.skipif(not soft_token.there, reason=soft_token.missing)


@pytest.fixture
def token(town: Any, tmp_path: Path) -> SoftToken:
    folder = tmp_path / "token"
    folder.mkdir()
    (town.root / "pin").write_text(PIN + "\n")
    (town.root / "wrong").write_text("000000\n")
    return SoftToken.make(folder)


def made(town: Any, token: SoftToken) -> Any:
    """Make an authority whose keys lie in the token."""
    town.ok("vault", "init", "--role", "authority", "--name", "Vault")
    where = ("--pkcs11", token.module, "--token", TOKEN, "--pin-file", "pin")
    purposes = ("--purpose", "evaluate", "--purpose", "merchant")
    return town.ok("vault", "authority", "init", *where, *purposes, "--json", **token.environment)


def test_an_authority_with_keys_in_a_token_does_all_that_others_do(town: Any, token: SoftToken) -> None:
    made(town, token)
    pin = {**token.environment, "SEMPER_PIN_FILE": str(town.root / "pin")}
    town.ok("buyer", "trust", "add", "vault/public/root.crt", "--name", "Vault", "--may", "evaluate", "--all-grants")
    town.ok("vault", "authority", "certify", "bundles/items-statement.smp", **pin)
    found = town.ok("nowhere", "bundle", "inspect", "bundles/items-statement.smp", "--json").json
    assert found["manifest"]["id"] == "semper/statement-items"
    town.ok("shop", "bundle", "pack", "bundles/items-statement.smp")
    packed = town.ok("nowhere", "bundle", "inspect", "bundles/items-statement.smpack", "--json").json
    assert "Vault" in [each["claimed_by"] for each in packed["evaluations"]]
    town.ok("shop", "authority", "request", "-o", "request")
    town.ok("vault", "authority", "issue", "request", "--purpose", "merchant", "-o", "chain", **pin)
    assert "EUROCOM" in town.ok("shop", "authority", "accept", "chain").out
    revoked = ("bundles/items-statement.vault.evaluation", "--reason", "mistake", "--json")
    assert town.ok("vault", "authority", "revoke", *revoked, **pin).json["revocations"][0]["target"] == "evaluation"
    town.ok("vault", "authority", "certify", "bundles/items-statement.smp", "--valid", "P800D", **pin)
    assert count(token) == "2", "the evaluating key was certified for longer, not made anew"


def count(token: SoftToken) -> str:
    return token.ask("print(len(list(session.get_objects({A.CLASS: C.PRIVATE_KEY}))))").strip()


def test_what_is_wrong_with_a_token_is_told(town: Any, token: SoftToken) -> None:
    made(town, token)
    act = ("authority", "certify", "bundles/items-statement.smp")
    given = ("--pin-file", "pin")
    assert "--pin-file" in town.run("vault", *act, **token.environment).refused(2, "USAGE_INVALID")
    assert "PIN is wrong" in town.run("vault", *act, "--pin-file", "wrong", **token.environment).refused(2, "PIN_WRONG")
    town.run("vault", *act, "--pin-file", "nowhere", **token.environment).refused(2, "USAGE_INVALID")
    shutil.rmtree(token.folder / "tokens")
    (token.folder / "tokens").mkdir()
    assert "it is not there" in town.run("vault", *act, *given, **token.environment).refused(3, "TOKEN_MISSING")


def test_both_module_and_token_are_needed_and_a_failed_start_leaves_no_root(town: Any, token: SoftToken) -> None:
    town.ok("vault", "init", "--role", "authority", "--name", "Vault")
    town.run("vault", "authority", "init", "--pkcs11", token.module).refused(2, "USAGE_INVALID")
    away = ("--pkcs11", "/nowhere.so", "--token", TOKEN, "--pin-file", "pin")
    assert "/nowhere.so" in town.run("vault", "authority", "init", *away, **token.environment).refused(
        3, "TOKEN_MISSING"
    )
    assert not (town.root / "vault/public/root.crt").exists()
    town.ok("vault", "authority", "init")
