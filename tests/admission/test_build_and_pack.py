"""Building, naming the publisher, and the pack that a merchant hands over."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from semper_host.admission.archive_format import MAX_BYTES, unpack
from semper_host.admission.build import build, publish_as
from semper_host.admission.manifest import parse_manifest
from semper_host.admission.pack import MAX_EVALUATIONS, Pack, read_pack, write_pack
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused

UNPUBLISHED = b"""\
schema: semper.manifest/1
id: semper/items
kind: item-manager
version: 0.1.0
api: 1
entry: {manager: manager.py}
files: [manager.py]
"""
FILES = {"manifest.yaml": UNPUBLISHED, "manager.py": b"def traits(item):\n    return None\n"}
KEY = bytes(range(32))


def refused(code: str, call: Any, *arguments: Any) -> str:
    with pytest.raises(AdmissionRefused) as caught:
        call(*arguments)
    assert caught.value.code == code
    assert caught.value.message.startswith("cannot ")
    return caught.value.message


def test_the_same_files_give_the_same_bytes_in_another_process_with_another_hash_seed() -> None:
    script = (
        "import sys; from semper_host.admission.build import build; sys.stdout.buffer.write(build(eval(sys.argv[1])))"
    )
    for seed in ("1", "2"):
        ran = subprocess.run(
            [sys.executable, "-c", script, repr(FILES)],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        )
        assert ran.stdout == build(FILES)


def test_publishing_names_the_key_and_changes_nothing_else() -> None:
    archive = publish_as(build(FILES), KEY)
    files = unpack(archive)
    manifest = parse_manifest(files["manifest.yaml"])
    assert manifest.publisher_key == KEY
    assert manifest.id == "semper/items"
    assert files["manager.py"] == FILES["manager.py"]


def test_publishing_as_somebody_else_replaces_the_key() -> None:
    twice = publish_as(publish_as(build(FILES), bytes(32)), KEY)
    assert twice == publish_as(build(FILES), KEY)


def test_a_publisher_in_a_place_where_it_can_not_be_replaced_is_refused() -> None:
    text = b"{schema: semper.manifest/1, id: semper/items, kind: item-manager, version: 0.1.0, api: 1,\n"
    text += b"entry: {manager: manager.py}, files: [manager.py]}\n"
    refused("MANIFEST_INVALID", publish_as, build({**FILES, "manifest.yaml": text}), KEY)


def test_sources_without_a_manifest_or_with_a_file_it_does_not_list_are_not_built() -> None:
    refused("MANIFEST_FILES", build, {"manager.py": b""})
    assert "note.txt" in refused("MANIFEST_FILES", build, {**FILES, "note.txt": b""})


def test_a_pack_comes_back_as_it_was() -> None:
    pack = Pack(b"archive", b"release", (b"one", b"two"))
    assert read_pack(write_pack(pack)) == pack
    assert read_pack(write_pack(Pack(b"archive", b"release"))).evaluations == ()


@pytest.mark.parametrize(
    "data", [b"", b"\x00", encode([1, 2]), encode({0: b"a", 1: "b"}), encode({0: b"", 1: b"", 9: b""})]
)
def test_what_is_no_pack_is_refused(data: bytes) -> None:
    refused("ARCHIVE_INVALID", read_pack, data)


def test_trailing_bytes_after_a_pack_are_refused() -> None:
    refused("ARCHIVE_INVALID", read_pack, write_pack(Pack(b"a", b"r")) + b"\0")


def test_a_pack_beyond_its_limits_is_refused() -> None:
    refused("ARCHIVE_TOO_LARGE", read_pack, bytes(MAX_BYTES * 2))
    refused("ARCHIVE_TOO_LARGE", write_pack, Pack(bytes(MAX_BYTES + 1), b""))
    refused("ARCHIVE_TOO_LARGE", write_pack, Pack(b"", bytes(100_000)))
    refused("ARCHIVE_TOO_LARGE", read_pack, encode(Pack(b"", b"", tuple([b"x"] * (MAX_EVALUATIONS + 1)))))
