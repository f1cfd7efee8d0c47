"""manifest.yaml: everything it may say, and every lie it may try."""

from __future__ import annotations

from hashlib import sha256

import pytest

from semper_host.admission.manifest import check_files, parse_manifest, seconds
from semper_host.model.errors import AdmissionRefused
from semper_host.model.grants import Capability, Grant
from semper_host.model.money import Money

KEY = "ab" * 32
LEGAL = b"We deliver.\n"
COMMERCE = f"""\
schema: semper.manifest/1
id: eurocom/courseware
kind: commerce-service
version: 1.2.0
publisher: "{KEY}"
api: 1
title: Courseware
entry: {{seller: seller.py, buyer: buyer.py}}
files: [seller.py, buyer.py, terms.yaml, legal.en.txt]
requests:
  - {{capability: money.pay, most: 100.00 EUR, reason: the buyer pays the price}}
  - {{capability: information.release, reason: the seller delivers}}
terms:
  flow: terms.yaml
  legal:
    en: {{file: legal.en.txt, sha256: "{sha256(LEGAL).hexdigest()}"}}
  valid_from: "2026-01-01"
  valid_until: "2027-12-31"
limits: {{cpu_seconds: 2, memory_mib: 64, wall_seconds: 10}}
"""
FILES = {"seller.py": b"", "buyer.py": b"", "terms.yaml": b"{}", "legal.en.txt": LEGAL}


def changed(old: str, new: str, text: str = COMMERCE) -> bytes:
    assert old in text
    return text.replace(old, new).encode()


def refused(data: bytes, *words: str, code: str = "MANIFEST_INVALID") -> None:
    with pytest.raises(AdmissionRefused) as caught:
        parse_manifest(data)
    assert caught.value.code == code
    assert caught.value.message.startswith("cannot ")
    for word in words:
        assert word in caught.value.message


def test_a_manifest_reads_as_what_it_says() -> None:
    manifest = parse_manifest(COMMERCE.encode())
    assert manifest.name == "eurocom/courseware 1.2.0"
    assert manifest.publisher_key == bytes.fromhex(KEY)
    assert manifest.requests[0].grant == Grant(Capability.MONEY_PAY, Money(10_000, "EUR"))
    assert manifest.capabilities == {Capability.MONEY_PAY, Capability.INFORMATION_RELEASE}
    assert manifest.limits.memory_mib == 64
    assert manifest.terms is not None
    assert manifest.terms.ends - manifest.terms.begins == (365 + 365) * 86_400
    check_files(manifest, {"manifest.yaml": b"", **FILES})


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("title: Courseware", "colour: red", "colour"),
        ("reason: the buyer pays", "urgent: true, reason: the buyer pays", "urgent"),
        ("flow: terms.yaml", "flow: terms.yaml\n  extra: 1", "extra"),
        ("cpu_seconds: 2", "gpu_seconds: 2", "gpu_seconds"),
        ("api: 1\n", "", "api"),
        ("api: 1\n", "api: '1'\n", "api"),
        ("api: 1\n", "api: true\n", "api"),
        ("version: 1.2.0", "version: '1.2'", "version"),
        ("version: 1.2.0", "version: 01.2.0", "version"),
        ("version: 1.2.0", "version: 1.2.0\nmin_host: latest", "min_host"),
        ("version: 1.2.0", "version: 1.2.0\ndepends: {ecash: 1.0.0}", "depends"),
        ("version: 1.2.0", "version: 1.2.0\nsupersedes: old", "supersedes"),
        ("kind: commerce-service", "kind: virus", "kind"),
        ("money.pay", "money.steal", "capability"),
        ("100.00 EUR", "100.001 EUR", "money"),
        ("100.00 EUR", "'-1.00 EUR'", "money"),
        ("100.00 EUR", "0.00 EUR", "positive"),
        ("100.00 EUR", "100 XXX", "money"),
        ("most: 100.00 EUR", "most: 100", "most"),
        ("most: 100.00 EUR", "calls: 0", "calls"),
        ("most: 100.00 EUR", "calls: 1000001", "calls"),
        ("information.release", "money.pay", "twice"),
        ("reason: the seller delivers", "reason: ''", "reason"),
        ("reason: the seller delivers", "optional: true, reason: maybe", "optional"),
        ("cpu_seconds: 2", "cpu_seconds: 61", "cpu_seconds"),
        ("memory_mib: 64", "memory_mib: 0", "memory_mib"),
        ("wall_seconds: 10", "wall_seconds: -1", "wall_seconds"),
        ('valid_until: "2027-12-31"', 'valid_until: "2025-12-31"', "valid_until"),
        ('valid_from: "2026-01-01"', 'valid_from: "2026-02-30"', "validity"),
        ('valid_from: "2026-01-01"', 'valid_from: "2026-01-01T00:00"', "validity"),
        ("en: {file", "English: {file", "languages"),
        (sha256(LEGAL).hexdigest(), "zz", "sha256"),
        ("{seller: seller.py, buyer: buyer.py}", "{thief: seller.py}", "thief"),
        ("{seller: seller.py, buyer: buyer.py}", "{}", "entry"),
        ("{seller: seller.py, buyer: buyer.py}", "{seller: terms.yaml}", "entry.seller"),
        ("{seller: seller.py, buyer: buyer.py}", "{seller: missing.py}", "entry.seller"),
    ],
)
def test_a_field_that_is_wrong_is_named(old: str, new: str, word: str) -> None:
    refused(changed(old, new), word)


@pytest.mark.parametrize(
    "name",
    [
        "courseware",
        "eurocom/",
        "/courseware",
        "Eurocom/courseware",
        "eurocom/course_ware",
        "eurocom/a/b",
        "еurocom/courseware",
        "eurocom/-x",
        "eurocom/courseware ",
        "a/courseware",
        "eurocom/" + "x" * 41,
    ],
)
def test_an_id_that_could_be_taken_for_another_is_refused(name: str) -> None:
    refused(changed("id: eurocom/courseware", f'id: "{name}"'), "id")


@pytest.mark.parametrize("key", ["", "ab" * 31, "AB" * 32, "zz" * 32, "ab" * 33])
def test_a_publisher_key_must_be_64_hex_digits(key: str) -> None:
    refused(changed(f'"{KEY}"', f'"{key}"'), "publisher")


def test_only_an_unpublished_manifest_may_leave_the_publisher_open() -> None:
    data = changed(f'publisher: "{KEY}"\n', "")
    refused(data, "publisher")
    assert parse_manifest(data, unpublished=True).publisher == ""


def test_a_newer_schema_or_api_asks_for_a_newer_host() -> None:
    refused(changed("semper.manifest/1", "semper.manifest/2"), "semper.manifest/2", code="VERSION_UNSUPPORTED")
    refused(changed("api: 1", "api: 2"), "api 2", code="VERSION_UNSUPPORTED")


def test_a_manifest_that_is_no_mapping_is_refused() -> None:
    refused(b"- a", "mapping")


def test_terms_stand_in_commerce_services_and_nowhere_else() -> None:
    refused(
        changed("kind: commerce-service", "kind: item-manager").replace(
            b"{seller: seller.py, buyer: buyer.py}", b"{manager: seller.py}"
        ),
        "terms",
    )
    refused(COMMERCE.partition("terms:\n")[0].encode(), "terms")


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({**FILES, "more.py": b""}, "more.py"),
        ({name: data for name, data in FILES.items() if name != "buyer.py"}, "buyer.py"),
        ({**FILES, "legal.en.txt": b"We keep the money.\n"}, sha256(b"We keep the money.\n").hexdigest()),
    ],
)
def test_files_other_than_those_stated_are_refused(files: dict[str, bytes], word: str) -> None:
    with pytest.raises(AdmissionRefused) as caught:
        check_files(parse_manifest(COMMERCE.encode()), files)
    assert caught.value.code == "MANIFEST_FILES"
    assert word in caught.value.message


@pytest.mark.parametrize(
    ("listed", "held", "word"),
    [
        ("legal.en.txt, note.txt]", {**FILES, "note.txt": b""}, "note.txt"),
        ("legal.en.txt, legal.en.txt]", FILES, "twice"),
        ("]", {name: data for name, data in FILES.items() if name != "legal.en.txt"}, "legal.en.txt"),
    ],
)
def test_a_listed_file_must_be_used_once_and_a_used_one_listed(listed: str, held: dict[str, bytes], word: str) -> None:
    listing = "[seller.py, buyer.py, terms.yaml, " + listed if listed != "]" else "[seller.py, buyer.py, terms.yaml]"
    data = changed("[seller.py, buyer.py, terms.yaml, legal.en.txt]", listing)
    with pytest.raises(AdmissionRefused) as caught:
        check_files(parse_manifest(data), held)
    assert caught.value.code == "MANIFEST_FILES"
    assert word in caught.value.message


def test_days_become_seconds() -> None:
    assert seconds("1970-01-02") == 86_400
    assert seconds("2026-01-01") == 1_767_225_600
    assert seconds(5) == 5
