"""`semper bundle publish`, `withdraw` and what a publisher says of its keys: statements for a repository."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from semper_host.admission.pack import MAX_PACK
from semper_host.admission.statements import MAX_STATEMENT
from semper_host.cli import files, revoking
from semper_host.cli.files import AsJson
from semper_host.cli.handing import To, hand_over
from semper_host.cli.opening import line_out, now, opened
from semper_host.cli.pins import PinFile, pin_from
from semper_host.cli.printing import show, show_json
from semper_host.host import releasing
from semper_host.model.errors import UsageError

WITHDRAWAL, ROTATION, APPROVAL = ".withdrawal", ".rotation", ".approval"
Packs = Annotated[list[Path], typer.Argument(help="Packs (.smpack).", exists=True, dir_okay=False)]
Output = Annotated[Path, typer.Option("--output", "-o", help="The directory to write to.")]
Namespace = Annotated[str, typer.Argument(help="What your bundles' ids begin with: the part before the '/'.")]
_KEY = 32


def publish(
    context: typer.Context,
    packs: Packs,
    to: Annotated[str, typer.Option(help="The address of a repository, or the directory of one on this machine.")],
    as_json: AsJson = False,
) -> None:
    """Publish packs in a repository, for everybody to fetch. A version is published once; evaluations can follow."""
    from semper_host.cli import repo
    from service_repo import writing
    from service_repo.publish import Repository

    rows: list[dict[str, Any]] = []
    for file in packs:
        with files.about(file):
            data = files.read(file, MAX_PACK)
            remote = to.startswith(("http://", "https://"))
            line = line_out(context) if remote else None
            entry = repo.publish_at(to, data, line) if line else writing.take(Repository.open(Path(to)), data)
        rows.append({"file": str(file), "bundle": f"{entry.id} {entry.version}", "digest": entry.bundle})
    if as_json:
        show_json({"schema": "semper.published/1", "bundles": rows})
    else:
        show(*(f"{row['digest'].hex()}  {row['bundle']}  {row['file']}" for row in rows))
        show(f"With their proof from the log they lie at {to.rstrip('/')}/packs/DIGEST.smpack.")


def withdraw(
    context: typer.Context,
    bundle: Annotated[str, typer.Argument(metavar="ID", help="The bundle: namespace/name.")],
    version: Annotated[str, typer.Argument(help="The version that you no longer offer.")],
    reason: Annotated[str, typer.Option(help="Why, in a sentence; everybody can read it.")],
    output: Output = Path(),
    to: To = "",
    as_json: AsJson = False,
) -> None:
    """Offer a version no longer. Deals under way finish under it; nobody begins a new one.

    Writes NAME-VERSION.withdrawal, and hands it to a repository with --to. It cannot be taken back.
    """
    with opened(context) as home:
        said = releasing.withdraw(home, bundle, version, reason, now())
    written = {f"{bundle.replace('/', '-')}-{version}{WITHDRAWAL}": said}
    _tell(context, output, written, to, f"Withdrew {bundle} {version}.", "semper.withdrawal/1", as_json=as_json)


def key(context: typer.Context, namespace: Annotated[str, typer.Argument(help="For this namespace.")] = "") -> None:
    """Print the public key that this home publishes with: what others need to name it as their recovery key."""
    with opened(context) as home:
        show(releasing.publisher(home, namespace, now()).public.hex())


def rotate_key(
    context: typer.Context,
    namespace: Namespace,
    recovery: Annotated[
        str,
        typer.Option(help="The key that may approve your next rotation at once: `semper bundle key` of another home."),
    ] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep the key; only name the recovery key.")] = False,
    output: Output = Path(),
    to: To = "",
    as_json: AsJson = False,
) -> None:
    """Pass a namespace on to a new key of this home. Writes NAMESPACE.rotation.

    It takes effect after 8 days, so that a thief's rotation can be stopped in time, or at once when the recovery key
    that an earlier rotation named, or an authority, approves it (`semper bundle approve`, then `use-key` here).
    """
    if keep and not recovery:
        raise UsageError("USAGE_INVALID", "cannot rotate to the same key for nothing: --keep needs --recovery")
    with opened(context) as home:
        rotated = releasing.rotate(home, namespace, _public(recovery), now(), keep=keep)
    begins = datetime.fromtimestamp(rotated.effective, UTC).strftime("%Y-%m-%d %H:%M UTC")
    told = f"{namespace} passes to the key {rotated.key.hex()} at {begins}."
    _tell(context, output, {namespace + ROTATION: rotated.statement}, to, told, "semper.rotation/1", as_json=as_json)


def use_key(context: typer.Context, namespace: Namespace) -> None:
    """Sign with the new key of a namespace from now on: after its rotation was approved, not before."""
    with opened(context) as home:
        show(f"This home now signs in {namespace} with {releasing.use_key(home, namespace, now()).hex()}.")


def approve(
    context: typer.Context,
    rotation: Annotated[Path, typer.Argument(help="A NAMESPACE.rotation.", exists=True, dir_okay=False)],
    output: Output = Path(),
    to: To = "",
    pin_file: PinFile = None,
    as_json: AsJson = False,
) -> None:
    """Approve a rotation, so that it takes effect at once: as the home of the recovery key, or as an authority.

    First make sure that the rotation comes from the namespace's owner: ask, by another way than it came.
    """
    from semper_host.host import authorities

    with opened(context) as home, files.about(rotation):
        data = files.read(rotation, MAX_STATEMENT)
        named = releasing.rotation_of(data)
        if home.config.role == "authority":
            signed = authorities.approve(home, data, now(), pin_from(pin_file))
        else:
            signed = releasing.approve(home, data, now())
    told = f"Approved that {named.namespace} passes to the key {named.new.hex()}."
    _tell(context, output, {rotation.stem + APPROVAL: signed}, to, told, "semper.rotation-approval/1", as_json=as_json)


def revoke(
    context: typer.Context,
    what: Annotated[list[str], typer.Argument(help="Archives or packs of yours; or key:HEX, bundle:HEX.")],
    reason: revoking.Reason,
    namespace: Annotated[str, typer.Option(help="The namespace whose key says it.")] = "",
    since: revoking.Since = "",
    output: files.Directory = None,
    to: To = "",
    as_json: AsJson = False,
) -> None:
    """Take back a bundle or a key of yours, for good: nobody is to use it any more.

    For a version that is only out of date, `semper bundle withdraw` is enough.
    """
    from semper_host.host import revoking as words

    at = now()
    rows: list[dict[str, Any]] = []
    with opened(context) as home:
        for place in what:
            with files.about(place):
                target = revoking.target_from(place)
                if target.kind not in ("bundle", "key"):
                    raise UsageError("USAGE_INVALID", f"cannot revoke this {target.kind}: only its authority does")
                said = words.revocation(target, reason, revoking.moment(since, at), at)
                signed = releasing.revoke(home, namespace, said, at)
            kept = revoking.kept(place, target, output, signed)
            rows.append({"file": str(kept), **revoking.plain(target), "reason": said.reason})
    revoking.finish(context, rows, to, as_json=as_json)


VERBS: tuple[Callable[..., None], ...] = (publish, withdraw, revoke, key, rotate_key, use_key, approve)
"""The commands, in the order in which they are listed; `rotate_key` is typed rotate-key."""


def _public(text: str) -> bytes | None:
    if not text:
        return None
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != _KEY:
        raise UsageError("USAGE_INVALID", f"cannot use {text[:80]!r} as a recovery key: it has 64 hexadecimal digits")
    return found


def _tell(
    context: typer.Context, output: Path, written: dict[str, bytes], to: str, told: str, schema: str, *, as_json: bool
) -> None:
    """Write statements, hand them over if a repository is named, and tell what was done."""
    paths = [output / name for name in written]
    for path, data in zip(paths, written.values(), strict=True):
        files.write(path, data)
    if to:
        hand_over(context, to, paths)
    if as_json:
        show_json({"schema": schema, "files": [str(path) for path in paths], "repository": to or None})
        return
    show(told, *(f"  wrote {path}" for path in paths))
    show(f"Published at {to}." if to else "Nobody knows yet: hand the files to a repository (--to).")
