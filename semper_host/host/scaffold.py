"""The first files of a new bundle: its manifest, code in the dialect, terms and legal texts, and a plain test.

They lie in a folder NAMESPACE/NAME, the test beside it, since an archive holds nothing but the bundle. What is written
passes every check as it is, so that whatever fails later is the author's own change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from importlib import resources
from typing import NamedTuple

from semper_host.admission.manifest import MANIFEST, parse_manifest
from semper_host.model.errors import AdmissionRefused, UsageError

KINDS = ("commerce-service", "item-manager", "payment-system")
_TEST, _ENDING = "test.py", ".template"
_LEGAL = re.compile(r'(\{\s*file:\s*)([A-Za-z0-9_.-]+)(\s*,\s*sha256:\s*")([0-9a-f]{64})("\s*\})')
_TITLE = 120
_YEARS = 2


class Scaffold(NamedTuple):
    """What to write: the bundle's files by name, and its test with the test's file name."""

    files: dict[str, bytes]
    test_name: str
    test: bytes


def scaffold(kind: str, bundle_id: str, title: str, now: int) -> Scaffold:
    """Return the first files of a bundle of `kind` called `bundle_id` ("namespace/name"); its terms begin today.

    Raises UsageError USAGE_INVALID for what is no kind, no id or no title.
    """
    if kind not in KINDS:
        raise UsageError("USAGE_INVALID", f"cannot make a {kind[:40]!r}: choose one of {', '.join(KINDS)}")
    if len(title) > _TITLE or not title.isprintable():
        raise UsageError("USAGE_INVALID", f"cannot use this title: it has at most {_TITLE} printable characters")
    words = _words(bundle_id, title, now)
    texts = _templates(kind)
    made = {name: _filled(text, words) for name, text in texts.items() if name not in (MANIFEST, _TEST)}
    digests = {name: sha256(data).hexdigest() for name, data in made.items()}
    made[MANIFEST] = _filled(texts[MANIFEST], {**words, **digests})
    try:
        parse_manifest(made[MANIFEST], unpublished=True)
    except AdmissionRefused:
        cause = "write namespace/name in small letters, digits and '-', like acme/tea-shop"
        raise UsageError("USAGE_INVALID", f"cannot call a bundle {bundle_id[:80]!r}: {cause}") from None
    return Scaffold(made, words["test"], _filled(texts[_TEST], words))


def renew_digests(manifest: bytes, files: Mapping[str, bytes]) -> bytes:
    """Return manifest.yaml with the digests of the legal texts as they are now; all else stays as it was written.

    Raises AdmissionRefused MANIFEST_INVALID, and UsageError where the digests do not stand as the scaffold writes them.
    """
    text = _LEGAL.sub(lambda found: _renewed(found, files), manifest.decode("utf-8", "surrogateescape"))
    renewed = text.encode("utf-8", "surrogateescape")
    terms = parse_manifest(renewed, unpublished=True).terms
    for legal in terms.legal.values() if terms else ():
        if legal.file in files and sha256(files[legal.file]).hexdigest() != legal.sha256:
            cause = f'write it as {{file: {legal.file}, sha256: "…"}} on one line'
            raise UsageError("USAGE_INVALID", f"cannot renew the digest of {legal.file} in {MANIFEST}: {cause}")
    return renewed


def _renewed(found: re.Match[str], files: Mapping[str, bytes]) -> str:
    before, name, between, old, after = found.groups()
    digest = sha256(files[name]).hexdigest() if name in files else old
    return f"{before}{name}{between}{digest}{after}"


def _words(bundle_id: str, title: str, now: int) -> dict[str, str]:
    name = bundle_id.partition("/")[2]
    shown = title or name.replace("-", " ").capitalize()
    module = name.replace("-", "_")
    today = datetime.fromtimestamp(now, UTC).date()
    return {
        "id": bundle_id,
        "name": name,
        "title": shown,
        "TITLE": shown.upper(),
        "module": module,
        "test": f"test_{module}.py",
        "from": today.isoformat(),
        "until": today.replace(year=today.year + _YEARS, day=min(today.day, 28)).isoformat(),
    }


def _templates(kind: str) -> dict[str, str]:
    folder = resources.files("semper_host") / "host" / "scaffolds" / kind
    return {each.name.removesuffix(_ENDING): each.read_text("utf-8") for each in folder.iterdir()}


def _filled(text: str, words: Mapping[str, str]) -> bytes:
    quoted = text.splitlines(keepends=True)
    return "".join(_line(line, words) for line in quoted).encode()


def _line(line: str, words: Mapping[str, str]) -> str:
    """Fill one line; a title in the manifest is quoted there, for it may hold any sign."""
    if line == "title: {{title}}\n":
        return f"title: {json.dumps(words['title'], ensure_ascii=False)}\n"
    for name, value in words.items():
        line = line.replace("{{" + name + "}}", value)
    return line
