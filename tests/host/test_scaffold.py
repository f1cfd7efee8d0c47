"""The first files of a bundle: whatever its kind, they lint, build, pass every check, and their own test runs."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from semper_host.admission.build import build, publish_as
from semper_host.admission.manifest import MANIFEST, parse_manifest
from semper_host.confinement.zygote import Zygote
from semper_host.host import evaluating
from semper_host.host.scaffold import KINDS, Scaffold, renew_digests, scaffold
from semper_host.model.errors import AdmissionRefused, UsageError

NOW = 1_800_000_000
HOSTILE_TITLES = ['A "quoted" title', "# no comment", "{{id}}", "- list", "a: b", "'''\\", 'é"""é', "%TAG", "&a *a !!x"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_scaffold_passes_every_check_as_it_is(kind: str, zygote: Zygote) -> None:
    made = scaffold(kind, "acme/tea-shop", "", NOW)
    archive = publish_as(build(made.files), b"k" * 32)
    report = evaluating.evaluate(archive, lambda: zygote, NOW, made.files)
    assert report.passed, report.failures
    assert not any(each.left_out for each in report.checks)
    assert report.manifest is not None and report.manifest.name == "acme/tea-shop 1.0.0"


@pytest.mark.parametrize("kind", KINDS)
def test_the_test_of_a_scaffold_runs_without_a_host(kind: str, tmp_path: Path) -> None:
    made = scaffold(kind, "acme/tea-shop", "", NOW)
    written(made, tmp_path)
    ran = subprocess.run(
        [sys.executable, made.test_name], cwd=tmp_path / "acme", capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0 and "OK" in ran.stderr, ran.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_the_test_of_a_scaffold_fails_when_the_code_is_broken(kind: str, tmp_path: Path) -> None:
    made = scaffold(kind, "acme/tea-shop", "", NOW)
    for name in [name for name in made.files if name.endswith(".py")]:
        made.files[name] += b"\n\ndef accept(*all):\n    return None\n\n\nfits = capture = hold = accept\n"
    written(made, tmp_path)
    ran = subprocess.run([sys.executable, made.test_name], cwd=tmp_path / "acme", capture_output=True, check=False)
    assert ran.returncode != 0


def test_a_service_has_its_legal_text_in_two_languages() -> None:
    made = scaffold("commerce-service", "acme/tea-shop", "Tea", NOW)
    terms = parse_manifest(made.files[MANIFEST], unpublished=True).terms
    assert terms is not None and set(terms.legal) == {"de", "en"}
    assert terms.begins <= NOW < terms.ends


@pytest.mark.parametrize("title", HOSTILE_TITLES)
@pytest.mark.parametrize("kind", KINDS)
def test_any_title_comes_out_as_it_went_in(kind: str, title: str) -> None:
    made = scaffold(kind, "acme/tea-shop", title, NOW)
    assert parse_manifest(made.files[MANIFEST], unpublished=True).title == title
    for name, data in made.files.items():
        if name.endswith(".py"):
            compile(data, name, "exec")


@pytest.mark.parametrize(
    ("kind", "name", "title"),
    [
        ("driver", "acme/shop", ""),
        ("item-manager", "acme", ""),
        ("item-manager", "../acme/shop", ""),
        ("item-manager", "Acme/Shop", ""),
        ("item-manager", "acme/shop\nkind: x", ""),
        ("item-manager", "acme/shop", "a\nb"),
        ("item-manager", "acme/shop", "x" * 121),
    ],
)
def test_what_makes_no_bundle_is_refused(kind: str, name: str, title: str) -> None:
    with pytest.raises(UsageError, match=r"^cannot ") as caught:
        scaffold(kind, name, title, NOW)
    assert caught.value.code == "USAGE_INVALID"


def test_digests_follow_a_changed_legal_text_and_nothing_else_changes() -> None:
    files = scaffold("commerce-service", "acme/tea-shop", "", NOW).files
    assert renew_digests(files[MANIFEST], files) == files[MANIFEST]
    old, files["legal.en.txt"] = files["legal.en.txt"], b"Other words.\n"
    with pytest.raises(AdmissionRefused, match=r"legal\.en\.txt"):
        build(files)
    renewed = renew_digests(files[MANIFEST], files)
    before, after = (sha256(text).hexdigest().encode() for text in (old, files["legal.en.txt"]))
    assert renewed == files[MANIFEST].replace(before, after)
    build({**files, MANIFEST: renewed})


def test_digests_written_in_another_form_are_not_guessed() -> None:
    files = scaffold("commerce-service", "acme/tea-shop", "", NOW).files
    files["legal.en.txt"] = b"Other words.\n"
    turned = (
        files[MANIFEST]
        .replace(b"{file: legal.en.txt, sha256:", b"{sha256:")
        .replace(b'"}\n  valid', b'", file: legal.en.txt}\n  valid')
    )
    with pytest.raises(UsageError, match="on one line"):
        renew_digests(turned, files)


def written(made: Scaffold, root: Path) -> None:
    folder = root / "acme" / "tea-shop"
    folder.mkdir(parents=True)
    for name, data in made.files.items():
        (folder / name).write_bytes(data)
    (root / "acme" / made.test_name).write_bytes(made.test)
