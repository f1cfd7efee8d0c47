"""The trust policy: in the user's hands, strict, and pinning every root."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semper_host.admission.trust import NOBODY, add_authority, parse_policy, remove_authority, render, roots
from semper_host.model.errors import AdmissionRefused
from semper_host.model.grants import Capability
from semper_host.supporting.cryptographic.x509 import Purpose, TrustedRoot

ROOT = b"any bytes do: the pin is of bytes"
SHIPPED = Path(__file__).parents[2] / "trust_roots"


def refused(call: Any, *arguments: Any) -> str:
    with pytest.raises(AdmissionRefused) as caught:
        call(*arguments)
    assert caught.value.code == "TRUST_POLICY_INVALID"
    assert caught.value.message.startswith("cannot ")
    return caught.value.message


def test_what_is_shipped_trusts_nobody() -> None:
    assert parse_policy((SHIPPED / "policy.yaml").read_bytes()) == NOBODY
    assert [file.name for file in (SHIPPED / "authorities").iterdir()] == ["README.md"]


def test_an_added_authority_survives_writing_and_reading() -> None:
    policy, file = add_authority(NOBODY, 'Prüfstelle "A": #1', ROOT, [Purpose.EVALUATE], [Capability.MONEY_PAY])
    policy, _ = add_authority(policy, "on", ROOT + b"2", [Purpose.BANK, Purpose.MERCHANT])
    assert file.startswith("authorities/")
    assert parse_policy(render(policy).encode()) == policy
    assert parse_policy(render(NOBODY).encode()) == NOBODY


def test_roots_are_those_whose_bytes_were_pinned() -> None:
    policy, file = add_authority(NOBODY, "A", ROOT, [Purpose.EVALUATE, Purpose.BANK])
    (root,) = roots(policy, {file: ROOT})
    assert root == TrustedRoot("A", ROOT, frozenset({Purpose.EVALUATE, Purpose.BANK}))
    assert "missing" in refused(roots, policy, {})
    assert "not the root" in refused(roots, policy, {file: ROOT + b"!"})


def test_a_removed_authority_is_gone() -> None:
    policy, _ = add_authority(NOBODY, "A", ROOT, [Purpose.BANK])
    assert remove_authority(policy, "A") == NOBODY
    refused(remove_authority, policy, "B")


def test_the_same_name_or_root_is_not_added_twice() -> None:
    policy, _ = add_authority(NOBODY, "A", ROOT, [Purpose.BANK])
    refused(add_authority, policy, "A", ROOT + b"2", [Purpose.BANK])
    refused(add_authority, policy, "B", ROOT, [Purpose.BANK])


def test_a_denied_capability_is_in_nobodys_allowance() -> None:
    policy, _ = add_authority(NOBODY, "A", ROOT, [Purpose.EVALUATE], [Capability.MONEY_PAY, Capability.ASK_BANK])
    text = render(policy).replace("deny: []", "deny: [money.pay]")
    assert parse_policy(text.encode()).allowance("A") == {Capability.ASK_BANK}
    assert parse_policy(text.encode()).allowance("B") == frozenset()


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("deny: []", "deny: [money.steal]", "deny"),
        ("deny: []", "deny: []\nallow: [money.pay]", "allow"),
        ("schema: semper.trust-policy/1\n", "", "schema"),
        ("trust-policy/1", "trust-policy/2", "schema"),
        ("purposes: [evaluate]", "purposes: [everything]", "purposes"),
        ("purposes: [evaluate]", "purposes: []", "purposes"),
        ("purposes: [evaluate]", "purposes: [bank]", "evaluate"),
        ('name: "A"', 'name: ""', "name"),
        ('root: "authorities/', 'root: "../../', "root"),
        ('root: "authorities/', 'root: "/etc/', "root"),
        ('sha256: "', 'sha256: "Z', "sha256"),
        ("grants: [money.pay]", "grants: &x [money.pay]", "line"),
    ],
)
def test_a_policy_that_is_wrong_is_refused_with_the_field_named(old: str, new: str, word: str) -> None:
    policy, _ = add_authority(NOBODY, "A", ROOT, [Purpose.EVALUATE], [Capability.MONEY_PAY])
    text = render(policy)
    assert old in text
    assert word in refused(parse_policy, text.replace(old, new).encode())


def test_grants_and_purposes_need_no_order_and_no_more_than_the_schema() -> None:
    assert parse_policy(b"schema: semper.trust-policy/1\n") == NOBODY
