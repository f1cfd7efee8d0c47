"""What an authority reads before it signs: every check finds what it is there for."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from semper_host.admission.archive_format import pack
from semper_host.confinement.zygote import Zygote
from semper_host.host import bundling, evaluating
from semper_host.host.evaluating import Report
from semper_host.model.errors import AdmissionRefused

NOW = 1_800_000_000
PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
PUBLISHER = b'publisher: "' + b"ab" * 32 + b'"\n'
Files = dict[str, bytes]


@pytest.fixture
def course() -> Files:
    files = bundling.read_source(PLUGINS / "commerce" / "courseware")
    files["manifest.yaml"] += PUBLISHER
    return files


def evaluated(files: Files, zygote: Zygote, now: int = NOW) -> Report:
    return evaluating.evaluate(pack(files), lambda: zygote, now)


def failed(report: Report) -> dict[str, str]:
    return {each.name: each.refusal.code for each in report.checks if each.refusal is not None}


def replaced(name: str, old: bytes, new: bytes) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new)

    return change


def silent_legal_text(files: Files) -> None:
    old, new = sha256(files["legal.en.txt"]).hexdigest(), sha256(b" \n").hexdigest()
    files["legal.en.txt"] = b" \n"
    replaced("manifest.yaml", old.encode(), new.encode())(files)


def no_manifest(files: Files) -> None:
    del files["manifest.yaml"]


def unlisted_file(files: Files) -> None:
    files["more.py"] = b"x = 1\n"


def test_the_courseware_service_passes_and_its_terms_are_reported(course: Files, zygote: Zygote) -> None:
    report = evaluated(course, zygote)
    assert report.passed and report.require().id == "semper/courseware"
    assert report.terms is not None and report.terms.lines


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (no_manifest, {"manifest": "MANIFEST_FILES"}),
        (replaced("manifest.yaml", PUBLISHER, b""), {"manifest": "RELEASE_MISSING"}),
        (replaced("manifest.yaml", b"api: 1\n", b"api: one\n"), {"manifest": "MANIFEST_INVALID"}),
        (unlisted_file, {"files": "MANIFEST_FILES"}),
        (silent_legal_text, {"legal texts": "MANIFEST_FILES"}),
        (replaced("seller.py", b'"""', b'import os\n"""'), {"dialect": "DIALECT_REFUSED"}),
        (
            replaced("manifest.yaml", b"capability: money.pay", b"capability: credential.show"),
            {"requests": "MANIFEST_REQUESTS"},
        ),
        (replaced("terms.yaml", b"steps:", b"stops:"), {"terms": "TERMS_INVALID", "requests": "TERMS_INVALID"}),
        (replaced("manifest.yaml", b"2036-12-31", b"2026-01-02"), {"validity": "TERMS_EXPIRED"}),
    ],
)
def test_each_check_finds_what_it_is_there_for(
    course: Files, zygote: Zygote, change: Callable[[Files], None], found: dict[str, str]
) -> None:
    change(course)
    report = evaluated(course, zygote)
    assert failed(report) == found and not report.passed
    with pytest.raises(AdmissionRefused) as caught:
        report.require()
    assert caught.value.code == next(iter(found.values()))


def test_a_payment_system_gets_no_more_than_its_kind_can_have(zygote: Zygote) -> None:
    files = bundling.read_source(PLUGINS / "payment" / "ecash")
    files["manifest.yaml"] += PUBLISHER
    assert evaluated(files, zygote).passed
    replaced("manifest.yaml", b"capability: coins.hold", b"capability: money.pay")(files)
    assert failed(evaluated(files, zygote)) == {"requests": "MANIFEST_REQUESTS"}


def test_no_code_is_compiled_before_the_form_holds() -> None:
    def never() -> Zygote:
        raise AssertionError("the fork server was started")

    assert failed(evaluating.evaluate(b"junk", never, NOW)) == {"archive": "ARCHIVE_INVALID"}
