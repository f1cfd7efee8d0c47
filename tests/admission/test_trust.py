"""The trust policy: in the user's hands, strict, and pinning every root."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semper_host.admission.standing import FRESHNESS, Freshness
from semper_host.admission.trust import NOBODY, parse_policy, roots
from semper_host.host.policy_editing import add_authority, render
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


def test_roots_are_those_whose_bytes_were_pinned() -> None:
    policy, file = add_authority(NOBODY, "A", ROOT, [Purpose.EVALUATE, Purpose.BANK])
    (root,) = roots(policy, {file: ROOT})
    assert root == TrustedRoot("A", ROOT, frozenset({Purpose.EVALUATE, Purpose.BANK}))
    assert "missing" in refused(roots, policy, {})
    assert "not the root" in refused(roots, policy, {file: ROOT + b"!"})


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


# --- repositories, quorums, vetoes, freshness

FULL = """\
schema: semper.trust-policy/1
authorities:
  - name: "A"
    root: "authorities/a.der"
    sha256: "{0}"
    purposes: [evaluate]
    grants: [money.pay]
  - name: "B"
    root: "authorities/b.der"
    sha256: "{1}"
    purposes: [evaluate]
    grants: [money.pay]
deny: []
repositories:
  - name: "Main"
    anchor: "anchors/main.root.json"
    sha256: "{0}"
quorums:
  - authorities: ["A", "B"]
    needed: 2
    grants: [money.pay]
    kinds: [payment-system]
vetoes: ["B"]
freshness:
  default: "PT12H"
  payment-system: "PT1H"
  max_staleness: "P7D"
""".format("a" * 64, "b" * 64)


def test_a_full_policy_says_which_quorums_and_bounds_hold() -> None:
    policy = parse_policy(FULL.encode())
    assert [quorum.needed for quorum in policy.quorums_for("payment-system", Capability.ASK_BANK)] == [2]
    assert [quorum.needed for quorum in policy.quorums_for("commerce-service", Capability.MONEY_PAY)] == [2]
    assert policy.quorums_for("commerce-service", Capability.MONEY_RECEIVE) == ()
    assert policy.staleness == Freshness(12 * 3600, (("payment-system", 3600),), 7 * 86_400)
    assert NOBODY.staleness == FRESHNESS


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('anchor: "anchors/', 'anchor: "../', "anchor"),
        ('    sha256: "' + "a" * 64 + '"\nquorums', '    sha256: "AA"\nquorums', "sha256"),
        ('name: "Main"', 'name: ""', "name"),
        ("needed: 2", "needed: 0", "quorum"),
        ("needed: 2", "needed: 3", "quorum"),
        ('authorities: ["A", "B"]', 'authorities: ["A", "C"]', "'C'"),
        ('authorities: ["A", "B"]', 'authorities: ["A", "A"]', "quorum"),
        ("    grants: [money.pay]\n    kinds: [payment-system]\n", "", "quorum"),
        ("kinds: [payment-system]", "kinds: [everything]", "kinds"),
        ('vetoes: ["B"]', 'vetoes: ["Z"]', "'Z'"),
        ('default: "PT12H"', 'default: "12 hours"', "freshness"),
        ('default: "PT12H"', 'default: "P"', "freshness"),
        ('default: "PT12H"', 'default: "PT"', "freshness"),
        ('default: "PT12H"', 'default: "-PT1H"', "freshness"),
        ("  default:", "  usual:", "freshness"),
    ],
)
def test_a_rule_about_logs_that_is_wrong_is_refused_with_the_field_named(old: str, new: str, word: str) -> None:
    assert old in FULL
    assert word in refused(parse_policy, FULL.replace(old, new).encode())
