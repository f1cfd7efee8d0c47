"""Bundles that nobody evaluated, admitted as the host admits them, and some with grants as if somebody had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from semper_host.admission.admit import Admitted, admit
from semper_host.admission.build import build
from semper_host.admission.statements import Release, digest, sign_release
from semper_host.admission.trust import NOBODY
from semper_host.model.grants import Grant, Grants
from semper_host.supporting.cryptographic.signing import SigningKey

NOW = 1_800_000_000
PUBLISHER = SigningKey.from_seed(b"p" * 32)
_MANIFEST = """\
schema: semper.manifest/1
id: tests/bundle
kind: {kind}
version: 1.0.0
publisher: "{publisher}"
api: 1
entry: {{{entry}}}
files: [{files}]
requests: []
limits: {{cpu_seconds: 1, memory_mib: 64, wall_seconds: 8}}
"""


def admitted(kind: str, modules: Mapping[str, bytes], *grants: Grant) -> Admitted:
    """Return the bundle of `modules` (source by role), admitted without an evaluation; then with `grants`."""
    entry = ", ".join(f"{role}: {role}.py" for role in modules)
    names = ", ".join(f"{role}.py" for role in modules)
    text = _MANIFEST.format(kind=kind, publisher=PUBLISHER.public.hex(), entry=entry, files=names)
    archive = build({"manifest.yaml": text.encode(), **{f"{role}.py": source for role, source in modules.items()}})
    release = sign_release(Release(digest(archive), "tests/bundle", "1.0.0", kind, NOW - 60), PUBLISHER)
    bundle = admit(archive, release, [], NOBODY, [], NOW)
    return replace(bundle, grants=Grants(grants, evaluated=True)) if grants else bundle
