"""Changing a trust policy: what is written reads back the same, and nothing is left that contradicts itself."""

from __future__ import annotations

import re
from typing import Any

import pytest

from semper_host.admission.trust import NOBODY, parse_policy
from semper_host.host.policy_editing import (
    add_authority,
    add_repository,
    remove_authority,
    remove_repository,
    render,
)
from semper_host.model.errors import AdmissionRefused
from semper_host.model.grants import Capability
from semper_host.supporting.cryptographic.x509 import Purpose
from tests.admission.test_trust import FULL

ROOT = b"a root certificate"


def refused(call: Any, *arguments: Any) -> str:
    with pytest.raises(AdmissionRefused) as caught:
        call(*arguments)
    assert caught.value.code == "TRUST_POLICY_INVALID"
    return caught.value.message


def test_an_added_authority_survives_writing_and_reading() -> None:
    policy, file = add_authority(NOBODY, 'Prüfstelle "A": #1', ROOT, [Purpose.EVALUATE], [Capability.MONEY_PAY])
    policy, _ = add_authority(policy, "on", ROOT + b"2", [Purpose.BANK, Purpose.MERCHANT])
    assert file.startswith("authorities/")
    assert parse_policy(render(policy).encode()) == policy
    assert parse_policy(render(NOBODY).encode()) == NOBODY


def test_a_removed_authority_is_gone() -> None:
    policy, _ = add_authority(NOBODY, "A", ROOT, [Purpose.BANK])
    assert remove_authority(policy, "A") == NOBODY
    refused(remove_authority, policy, "B")


def test_the_same_name_or_root_is_not_added_twice() -> None:
    policy, _ = add_authority(NOBODY, "A", ROOT, [Purpose.BANK])
    refused(add_authority, policy, "A", ROOT + b"2", [Purpose.BANK])
    refused(add_authority, policy, "B", ROOT, [Purpose.BANK])


def test_a_full_policy_survives_writing_and_reading() -> None:
    policy = parse_policy(FULL.encode())
    assert parse_policy(render(policy).encode()) == policy


def test_a_repository_is_added_once_and_removed() -> None:
    policy, file = add_repository(NOBODY, "Main log", b"root.json")
    assert re.fullmatch(r"anchors/Main-log-[0-9a-f]{12}\.root\.json", file)
    assert parse_policy(render(policy).encode()) == policy
    refused(add_repository, policy, "Main log", b"another")
    refused(add_repository, policy, "Another", b"root.json")
    assert remove_repository(policy, "Main log") == NOBODY
    refused(remove_repository, policy, "Another")


def test_an_authority_on_which_a_quorum_or_a_veto_rests_is_not_removed_in_silence() -> None:
    policy = parse_policy(FULL.encode())
    assert "quorum or a veto" in refused(remove_authority, policy, "B")
