"""`semper bundle new` and `legal`: the first files of a bundle, and its legal texts' digests after a change."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from semper_host.admission.archive_format import MAX_BYTES
from semper_host.admission.manifest import MANIFEST
from semper_host.cli import files
from semper_host.cli.files import AsJson
from semper_host.cli.opening import now
from semper_host.cli.printing import show, show_json
from semper_host.model.errors import UsageError


class Kind(StrEnum):
    """The kinds of bundles."""

    COMMERCE_SERVICE = "commerce-service"
    ITEM_MANAGER = "item-manager"
    PAYMENT_SYSTEM = "payment-system"


def new(
    kind: Annotated[Kind, typer.Argument(help="What the bundle is to be.")],
    bundle: Annotated[str, typer.Argument(metavar="ID", help="Its name: namespace/name, like acme/tea-shop.")],
    title: Annotated[str, typer.Option(help="What people will read (default: made of the name).")] = "",
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to make NAMESPACE/NAME in.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Write the first files of a bundle: manifest, code, terms and legal texts, and a test that runs without a host.

    They are sound as they are: they lint, build, and pass every check. Change them from there.
    """
    from semper_host.host.scaffold import scaffold

    made = scaffold(kind, bundle, title, now())
    folder = output / bundle
    test = folder.parent / made.test_name
    for path in (folder, test):
        if path.exists():
            raise UsageError("USAGE_INVALID", f"cannot write a new bundle: {path} is there already")
    for name, data in sorted(made.files.items()):
        files.write(folder / name, data)
    files.write(test, made.test)
    if as_json:
        rows = [str(folder / name) for name in sorted(made.files)]
        show_json({"schema": "semper.scaffold/1", "folder": str(folder), "files": rows, "test": str(test)})
        return
    show(f"Wrote {kind} {bundle} in {folder}, and its test beside it.", *_next(kind, folder, test))


def legal(
    directory: Annotated[
        Path, typer.Argument(help="The folder of a commerce service's sources.", exists=True, file_okay=False)
    ],
) -> None:
    """Write the digests of changed legal texts into manifest.yaml."""
    from semper_host.host import bundling
    from semper_host.host.scaffold import renew_digests

    with files.about(directory):
        found = bundling.read_source(directory)
        if MANIFEST not in found or len(found[MANIFEST]) > MAX_BYTES:
            raise UsageError("USAGE_INVALID", f"cannot renew digests: there is no {MANIFEST}")
        renewed = renew_digests(found[MANIFEST], found)
    if renewed == found[MANIFEST]:
        show(f"The digests in {directory / MANIFEST} are right already.")
        return
    files.write(directory / MANIFEST, renewed)
    show(f"Renewed the digests in {directory / MANIFEST}.")


def _next(kind: Kind, folder: Path, test: Path) -> list[str]:
    lines = [f"  python {test}", f"  semper bundle lint {folder}"]
    if kind is Kind.COMMERCE_SERVICE:
        lines += [f"  semper terms show {folder / 'terms.yaml'}", f"  semper bundle legal {folder}"]
    archive = Path("out") / f"{folder.name}.smp"
    return [*lines, f"  semper bundle build {folder} -o out", f"  semper bundle sign {archive}",
            f"  semper authority evaluate {archive} --source {folder}"]  # fmt: skip
