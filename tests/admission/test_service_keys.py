"""Service keys and deal keys: a certified name vouches for the keys that a service works with."""

from __future__ import annotations

from typing import Any

import pytest

from semper_host.admission.service_keys import (
    DealKey,
    ServiceKeys,
    open_deal_key,
    open_service_keys,
    sign_deal_key,
    sign_service_keys,
)
from semper_host.model.errors import AdmissionRefused, PeerDeviated, SemperError
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import Purpose
from semper_host.supporting.cryptographic.x509_issue import Validity

SIGNING = SigningKey.from_seed(b"s" * 32).public


def keys(world: Any, **changes: Any) -> Any:
    fields = {
        "role": "bank",
        "name": "Demo Bank",
        "signing": SIGNING,
        "sealing": b"x" * 32,
        "url": "http://127.0.0.1:1/",
        "not_before": world.now - 60,
        "not_after": world.now + 60,
        "system": "semper/ecash",
        "keyset": b"keyset",
    }
    return ServiceKeys(**{**fields, **changes})


@pytest.fixture
def bank(world: Any, certify: Any) -> Any:
    validity = Validity(world.now - 600, world.now + 600)
    return certify(world.registrar.root, b"b" * 32, "Demo Bank", Purpose.BANK, "semper:bank/demo", validity)


def test_a_bank_opens_as_the_bank_it_is_certified_to_be(world: Any, bank: Any) -> None:
    opened, certified = open_service_keys(sign_service_keys(keys(world), bank), "bank", world.roots(), world.now)
    assert opened == keys(world)
    assert (certified.name, certified.uri, certified.root) == ("Demo Bank", "semper:bank/demo", "Registrar")


@pytest.mark.parametrize(
    "change",
    [
        {"role": "trustee"},
        {"name": "Another Bank"},
        {"not_after": 0},
        {"not_before": 2**40, "not_after": 2**41},
        {"sealing": b"short"},
        {"signing": b"short"},
        {"signing": bytes(32)},
        {"signing": b"\x01" + bytes(31)},
    ],
)
def test_keys_that_do_not_fit_the_certificate_or_the_time_are_refused(world: Any, bank: Any, change: Any) -> None:
    data = sign_service_keys(keys(world, **change), bank)
    with pytest.raises(PeerDeviated) as caught:
        open_service_keys(data, "bank", world.roots(), world.now)
    assert caught.value.code == "PEER_IDENTITY"
    assert caught.value.evidence == data


def test_a_bank_does_not_pass_for_a_trustee(world: Any, bank: Any) -> None:
    data = sign_service_keys(keys(world, role="trustee"), bank)
    with pytest.raises(AdmissionRefused) as caught:
        open_service_keys(data, "trustee", world.roots(), world.now)
    assert caught.value.code == "CHAIN_PURPOSE"


def test_changed_keys_are_refused(world: Any, bank: Any) -> None:
    data = sign_service_keys(keys(world), bank)
    changed = data.replace(SIGNING, SigningKey.from_seed(b"m" * 32).public)
    assert changed != data
    with pytest.raises(SemperError) as caught:
        open_service_keys(changed, "bank", world.roots(), world.now)
    assert caught.value.code == "SIG_INVALID"


def test_a_deal_key_holds_for_its_deal_and_no_other(world: Any, bank: Any) -> None:
    key = DealKey("bank", SIGNING, b"x" * 32, b"c" * 32, world.now)
    data = sign_deal_key(key, bank)
    assert open_deal_key(data, "bank", b"c" * 32, world.roots(), world.now)[0] == key
    with pytest.raises(PeerDeviated) as caught:
        open_deal_key(data, "bank", b"d" * 32, world.roots(), world.now)
    assert caught.value.code == "PEER_IDENTITY"


def test_service_keys_do_not_pass_for_a_deal_key(world: Any, bank: Any) -> None:
    with pytest.raises(PeerDeviated) as caught:
        open_deal_key(sign_service_keys(keys(world), bank), "bank", b"", world.roots(), world.now)
    assert caught.value.code == "SIG_INVALID"
