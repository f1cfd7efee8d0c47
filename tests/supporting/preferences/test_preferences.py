"""preferences.yaml: strict in, whole out."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from semper_host.model.errors import UsageError
from semper_host.model.money import Money
from semper_host.supporting.preferences.preferences import FILE, Preferences, load, read, save

EXAMPLE = b"""
schema: semper.preferences/1
locale: de_DE
payment_systems: [semper/ecash, semper/transfer]
payment_choice: system
most_per_deal: [50.00 EUR, 5000 JPY]
driver: terminal
"""


def test_a_home_without_a_file_has_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Preferences()
    assert load(tmp_path).locale == "en"


def test_every_field_is_read(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(EXAMPLE)
    found = load(tmp_path)
    assert found.locale == "de_DE"
    assert found.payment_choice == "system"
    assert found.most("EUR") == Money(5000, "EUR")
    assert found.most("JPY") == Money(5000, "JPY")
    assert found.most("USD") is None
    assert [found.rank(name) for name in ("semper/ecash", "semper/transfer", "other")] == [0, 1, 2]


def test_what_is_saved_is_read_back_and_the_owner_alone_can_read_it(tmp_path: Path) -> None:
    save(tmp_path, Preferences())
    save(tmp_path, read(EXAMPLE))
    assert load(tmp_path) == read(EXAMPLE)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_an_empty_file_has_the_defaults() -> None:
    assert read(b"") == read(b"# nothing\n") == Preferences()


def test_norwegian_is_a_language_and_no_boolean() -> None:
    assert read(b"locale: no").locale == "no"


BAD = {
    "an unknown key": b"langauge: de",
    "a key twice": b"locale: de\nlocale: en",
    "an anchor": b"locale: &a de\ndriver: *a",
    "an alias of nothing": b"driver: *a",
    "a tag": b"locale: !!python/object/apply:os.system [true]",
    "a standard tag": b"locale: !!str de",
    "a merge key": b"<<: {locale: de}",
    "not a map": b"- locale",
    "a text alone": b"locale",
    "a wrong locale": b"locale: ../../etc",
    "a wrong choice": b"payment_choice: whatever",
    "another schema": b"schema: semper.preferences/2",
    "money without currency": b"most_per_deal: [50]",
    "money below zero": b"most_per_deal: [-50 EUR]",
    "money of no currency": b"most_per_deal: [50 XXX]",
    "money finer than a cent": b"most_per_deal: [50.001 EUR]",
    "two limits": b"most_per_deal: [50 EUR, 60 EUR]",
    "a list for a text": b"locale: [de]",
    "a text for a list": b"payment_systems: ecash",
    "one system twice": b"payment_systems: [ecash, ecash]",
    "a driver that is a path": b"driver: ../driver",
    "no UTF-8": b"locale: \xff",
    "a control character": b"locale: \x00",
    "a complex key": b"? [a, b]\n: c",
    "unbalanced brackets": b"payment_systems: [a",
    "two documents": b"locale: de\n---\nlocale: en",
    "ten thousand levels": b"locale: " + b"[" * 10_000,
    "too much": b"#" * 100_000,
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_bad_preferences_are_refused_with_the_reason(text: bytes) -> None:
    with pytest.raises(UsageError) as error:
        read(text)
    assert error.value.code == "CONFIG_INVALID"
    assert error.value.message.startswith("cannot read preferences.yaml: ")
    assert "\n" not in error.value.message


def test_a_file_that_can_not_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(UsageError):
        load(tmp_path)
