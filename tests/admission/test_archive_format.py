"""The archive format: one way to write a set of files, and everything else refused."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semper_host.admission.archive_format import MAX_BYTES, MAX_FILES, pack, unpack
from semper_host.model.errors import AdmissionRefused

FILES = {"b.py": b"b = 1\n", "a.py": b"a = 1\n", "legal/en.txt": b"text\n"}
NAMES = st.from_regex(r"[a-z]{1,6}(/[a-z]{1,6})?\.(py|txt|yaml)", fullmatch=True)


def refused(data: bytes, *words: str, code: str = "ARCHIVE_INVALID") -> None:
    with pytest.raises(AdmissionRefused) as caught:
        unpack(data)
    assert caught.value.code == code
    assert caught.value.message.startswith("cannot ")
    for word in words:
        assert word in caught.value.message


def made_with_zipfile(*entries: tuple[str, bytes], comment: bytes = b"", **attributes: object) -> bytes:
    """Write an archive with the standard library, as an attacker would; `attributes` are set on every entry."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o100644 << 16
            for attribute, value in attributes.items():
                setattr(info, attribute, value)
            archive.writestr(info, content)
        archive.comment = comment
    return buffer.getvalue()


def test_what_was_packed_comes_back_and_packs_to_the_same_bytes() -> None:
    data = pack(FILES)
    assert unpack(data) == FILES
    assert pack(dict(reversed(FILES.items()))) == data


def test_any_zip_reader_reads_the_archive() -> None:
    with zipfile.ZipFile(io.BytesIO(pack(FILES))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(FILES)
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


def test_the_standard_library_can_write_the_same_bytes() -> None:
    assert made_with_zipfile(*sorted(FILES.items())) == pack(FILES)


@given(st.dictionaries(NAMES, st.binary(max_size=200), min_size=1, max_size=8))
@settings(max_examples=80, deadline=None)
def test_every_set_of_files_has_one_archive(files: dict[str, bytes]) -> None:
    try:
        data = pack(files)
    except AdmissionRefused as error:
        assert error.code == "ARCHIVE_INVALID"
    else:
        assert unpack(data) == files


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_changed_archive_is_refused_or_is_the_archive_of_other_files(data: st.DataObject) -> None:
    original = pack(FILES)
    at = data.draw(st.integers(0, len(original) - 1))
    change = data.draw(st.one_of(st.integers(1, 255), st.binary(min_size=1, max_size=8), st.just(None)))
    if isinstance(change, int):
        mutated = original[:at] + bytes([original[at] ^ change]) + original[at + 1 :]
    elif change is None:
        mutated = original[:at]
    else:
        mutated = original[:at] + change + original[at:]
    try:
        files = unpack(mutated)
    except AdmissionRefused as error:
        assert error.code in ("ARCHIVE_INVALID", "ARCHIVE_TOO_LARGE")
    else:
        assert pack(files) == mutated


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_noise_is_refused_as_an_archive(noise: bytes) -> None:
    refused(noise)


def test_a_second_entry_of_the_same_name_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = made_with_zipfile(("a.py", b"good\n"), ("a.py", b"evil\n"))
    refused(data, "'a.py'", "twice")


def test_names_that_differ_only_in_case_are_refused() -> None:
    refused(made_with_zipfile(("A.py", b""), ("a.py", b"")), "case")


@pytest.mark.parametrize(
    "name",
    ["../a.py", "/a.py", "a/../b.py", "./a.py", "a//b.py", "a\\b.py", "c:a.py", "a/", ".hidden", "a.", "a b.py"],
)
def test_a_path_outside_or_of_several_meanings_is_refused(name: str) -> None:
    refused(made_with_zipfile((name, b"")), "relative path")


def test_a_name_outside_ascii_is_refused() -> None:
    refused(made_with_zipfile(("ä.py", b"")), "flags")


@pytest.mark.parametrize("name", ["", "ä.py", "a\0.py", "a\n.py", "a" * 121])
def test_a_name_that_is_none_can_not_be_packed(name: str) -> None:
    with pytest.raises(AdmissionRefused) as caught:
        pack({name: b""})
    assert caught.value.code == "ARCHIVE_INVALID"


def test_a_file_that_is_also_a_folder_is_refused() -> None:
    refused(made_with_zipfile(("a", b""), ("a/b.py", b"")), "folder")


@pytest.mark.parametrize("name", ["a.pyc", "a.PYC", "__pycache__/a.py", "a.so", "x/__PyCache__/a.txt"])
def test_compiled_code_is_refused(name: str) -> None:
    refused(made_with_zipfile((name, b"")), "compiled")


def test_a_symbolic_link_is_refused() -> None:
    refused(made_with_zipfile(("a.py", b"/etc/passwd"), external_attr=0o120777 << 16), "symbolic link")


def test_other_attributes_are_refused() -> None:
    refused(made_with_zipfile(("a.py", b""), external_attr=0o100755 << 16), "attributes")


def test_another_date_is_refused() -> None:
    refused(made_with_zipfile(("a.py", b""), date_time=(2026, 1, 1, 0, 0, 0)), "date")


def test_another_order_is_refused() -> None:
    refused(made_with_zipfile(("b.py", b""), ("a.py", b"")), "order")


def test_compressed_content_is_refused() -> None:
    refused(made_with_zipfile(("a.py", b"a" * 99), compress_type=zipfile.ZIP_DEFLATED), "compressed")


def test_a_comment_on_the_archive_is_refused() -> None:
    refused(made_with_zipfile(("a.py", b""), comment=b"hello"))


def test_a_comment_or_an_extra_field_on_an_entry_is_refused() -> None:
    refused(made_with_zipfile(("a.py", b""), extra=b"\x01\x00\x00\x00"), "extra field")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("a.py", (1980, 1, 1, 0, 0, 0))
        info.comment = b"remark"
        archive.writestr(info, b"")
    refused(buffer.getvalue(), "comment")


def test_an_encrypted_entry_is_refused() -> None:
    data = bytearray(pack({"a.py": b""}))
    at = data.index(b"PK\1\2") + 8
    data[at] |= 1
    refused(bytes(data), "encrypted")


@pytest.mark.parametrize("prefix", [b"\0", b"#!/usr/bin/python\n", b"PK\3\4"])
def test_bytes_before_the_archive_are_refused(prefix: bytes) -> None:
    refused(prefix + pack(FILES), "before")


@pytest.mark.parametrize("suffix", [b"\0", b"\n", b"PK\5\6" + bytes(18)])
def test_bytes_after_the_archive_are_refused(suffix: bytes) -> None:
    refused(pack(FILES) + suffix)


def test_a_gap_between_entries_is_refused() -> None:
    data = pack(FILES)
    start = data.index(b"PK\1\2")
    end = bytearray(data[-22:])
    struct.pack_into("<I", end, 16, start + 4)
    refused(data[:start] + b"gap!" + data[start:-22] + bytes(end), "other bytes")


def test_a_local_header_that_says_something_else_is_refused() -> None:
    data = bytearray(pack({"a.py": b"12345"}))
    data[30:34] = b"b.py"
    refused(bytes(data), "other bytes")


def test_entries_that_overlap_to_unfold_into_gigabytes_are_refused_without_unfolding() -> None:
    content = bytes(1_000_000)
    entry_names = [f"f{n:03}.py" for n in range(200)]
    inner = pack({"f000.py": content})
    start, length = inner.index(b"PK\1\2"), 46 + 7
    entry = inner[start : start + length]
    listing = b"".join(entry[:46] + name.encode() for name in entry_names)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 200, 200, len(listing), start, 0)
    tracemalloc.start()
    refused(inner[:start] + listing + end, "overlap")
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()


def test_more_files_than_allowed_are_refused() -> None:
    many = {f"f{n}.py": b"" for n in range(MAX_FILES + 1)}
    with pytest.raises(AdmissionRefused) as caught:
        pack(many)
    assert caught.value.code == "ARCHIVE_TOO_LARGE"
    refused(made_with_zipfile(*many.items()), "files", code="ARCHIVE_TOO_LARGE")


def test_ten_thousand_entries_are_refused_by_their_count_alone() -> None:
    refused(made_with_zipfile(*((f"f{n}.py", b"") for n in range(10_000))), "files", code="ARCHIVE_TOO_LARGE")


def test_more_bytes_than_allowed_are_refused() -> None:
    refused(bytes(MAX_BYTES + 1), "bytes", code="ARCHIVE_TOO_LARGE")
    with pytest.raises(AdmissionRefused) as caught:
        pack({"a.py": bytes(MAX_BYTES)})
    assert caught.value.code == "ARCHIVE_TOO_LARGE"


def test_an_archive_of_nothing_is_refused() -> None:
    refused(struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0, 0, 0, 0, 0), "no file")


def test_every_truncation_is_refused() -> None:
    data = pack(FILES)
    for length in range(len(data)):
        refused(data[:length])


def test_every_single_changed_bit_of_the_framing_is_refused() -> None:
    data = pack({"a.py": b""})
    for at in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            try:
                files = unpack(bytes(changed))
            except AdmissionRefused:
                continue
            assert pack(files) == bytes(changed)  # only ever another archive of other files
