"""Every first-party bundle builds, is in the dialect, and has the entry points that its roles promise."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from semper_host.admission.manifest import check_files, parse_manifest
from semper_host.api_v1.entry_points import ENTRY_POINTS
from semper_host.host import bundling

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
BUNDLES = ["payment/ecash", "items/payment", "items/statement", "items/credential"]
FORGOES = {"items/payment": {"issuer", "holder", "verifier"}, "items/statement": {"issuer", "holder", "verifier"}}
"""Roles that a bundle of its kind need not have."""


@pytest.mark.parametrize("name", BUNDLES)
def test_the_manifest_names_exactly_the_files(name: str) -> None:
    files = bundling.read_source(PLUGINS / name)
    manifest = parse_manifest(files["manifest.yaml"], unpublished=True)
    check_files(manifest, files)
    assert manifest.publisher == ""


@pytest.mark.parametrize("name", BUNDLES)
def test_every_entry_point_of_every_role_is_there(name: str, bundle: Callable[[str], ModuleType]) -> None:
    manifest = parse_manifest((PLUGINS / name / "manifest.yaml").read_bytes(), unpublished=True)
    entries = ENTRY_POINTS[manifest.kind]
    forgone = FORGOES.get(name, set())
    assert set(manifest.entry) == {entry.partition(".")[0] for entry in entries} - forgone
    for entry, types in entries.items():
        role, _, function = entry.partition(".")
        if role in forgone:
            continue
        found = getattr(bundle(f"{name}/{manifest.entry[role]}"), function)
        assert len(inspect.signature(found).parameters) == len(types.parameters), entry


def test_an_item_manager_requests_nothing_so_it_runs_unevaluated() -> None:
    for name in ("items/payment", "items/statement"):
        manifest = parse_manifest((PLUGINS / name / "manifest.yaml").read_bytes(), unpublished=True)
        assert manifest.requests == ()


@pytest.mark.parametrize("name", BUNDLES)
def test_every_bundle_is_in_the_dialect(name: str, linter: Any) -> None:
    manifest = parse_manifest((PLUGINS / name / "manifest.yaml").read_bytes(), unpublished=True)
    modules = {role: (PLUGINS / name / file).read_bytes() for role, file in manifest.entry.items()}
    assert linter(modules) == []


@pytest.fixture(scope="module")
def linter() -> Any:
    from semper_host.confinement.zygote import Zygote

    with Zygote.start() as zygote:
        yield zygote.lint
