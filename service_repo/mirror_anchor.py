"""Copying the anchor with a repository: its first root, all later ones, what is in force, and the targets that names.

Nothing of it is verified here: whoever reads it verifies it from the root that they trust. Only that the files fit each
other is looked at, so that a copy is not half of one state and half of another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from hashlib import sha256

from semper_host.model.encoding import MalformedEncoding
from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.anchor.state import Head
from service_repo.durable_file import Folder

ANCHOR, HEAD, FIRST_ROOT, TIMESTAMP = "anchor/", "anchor/head.cbor", "1.root.json", "timestamp.json"
MOST_TARGETS = 32
_METADATA = re.compile(r"[1-9][0-9]{0,8}[.](root|targets|snapshot|status)[.]json")
_TARGET = re.compile(r"(?:[a-z]{1,40}/)?[a-z0-9][a-z0-9._-]{0,80}")


def copy_anchor(fetch: Callable[[str], bytes | None], folder: Folder) -> None:
    """Copy what `fetch` gives by path into `folder`, its head last. Raises AdmissionRefused ANCHOR_INVALID.

    A repository without an anchor has no head.
    """
    data = fetch(HEAD)
    if data is None:
        return
    try:
        files = {each.name: each.data for each in Head.decode(data).files}
    except MalformedEncoding as error:
        raise _refused(error.message) from None
    metadata = {name: content for name, content in files.items() if _METADATA.fullmatch(name)}
    found = {name: content for name, content in metadata.items() if folder.read(ANCHOR + name) != content}
    if folder.read(ANCHOR + FIRST_ROOT) is None and (root := fetch(ANCHOR + FIRST_ROOT)) is not None:
        found[FIRST_ROOT] = root
    for path, digest in _targets(metadata):
        if folder.read(ANCHOR + path) is None:
            content = fetch(ANCHOR + path) or b""
            if sha256(content).hexdigest() != digest:
                raise _refused(f"{path} is missing or another file")
            found[path] = content
    folder.write_all({ANCHOR + name: content for name, content in found.items()})
    last = {ANCHOR + TIMESTAMP: files[TIMESTAMP]} if TIMESTAMP in files else {}
    folder.add({**last, HEAD: data})


def _targets(metadata: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """Give path and SHA-256 (hex) of each target that the metadata names, as consistent snapshots lay them."""
    count = 0
    for name, content in metadata.items():
        try:
            named = json.loads(content)["signed"].get("targets", {})
            listed = [(path, str(info["hashes"]["sha256"])) for path, info in named.items()]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise _refused(f"{name} is malformed") from None
        for path, digest in listed:
            count += 1
            if count > MOST_TARGETS or not _TARGET.fullmatch(path) or not re.fullmatch("[0-9a-f]{64}", digest):
                raise _refused(f"{name} names too much, or what no anchor has")
            folder, slash, last = path.rpartition("/")
            yield f"targets/{folder}{slash}{digest}.{last}", digest


def _refused(cause: str) -> AdmissionRefused:
    return AdmissionRefused("ANCHOR_INVALID", f"cannot copy the anchor: {cause}")
