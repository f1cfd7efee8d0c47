"""Editions: what arrives is what was promised, however it was served and however often it was interrupted."""

from __future__ import annotations

import hashlib
import os
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from semper_host.model.encoding import decode, encode
from semper_host.model.errors import PeerDeviated, SemperError, Unavailable
from semper_host.supporting.cryptographic import bulk, edition_files
from semper_host.supporting.cryptographic import edition as form
from semper_host.supporting.cryptographic.bulk import (
    Edition,
    EditionFile,
    open_edition,
    read_edition,
    read_from,
    seal_edition,
)
from semper_host.supporting.cryptographic.secret import derive

SEGMENT, TAG = form.SEGMENT, form.TAG
CK = bytes(range(32))
SIZES = {"part 1/intro.pdf": 700_000, "part 1/empty": 0, "part 2.mp4": 2 * SEGMENT + 5, "z": 1}


def noise(name: str, size: int) -> bytes:
    return hashlib.shake_128(name.encode()).digest(size)


@dataclass
class Shop:
    """A sealed edition, and a web server for it that counts, fails and lies as told."""

    edition: Edition
    directory: Path
    contents: dict[str, bytes]
    asked: list[int]
    fail_at: int = -1
    change: Callable[[int, bytes], bytes] = lambda index, data: data

    def serve(self, index: int) -> bytes:
        self.asked.append(index)
        if index == self.fail_at:
            raise ConnectionResetError("the connection broke")
        return self.change(index, read_from(self.directory, self.edition)[0](index))

    @property
    def hashes(self) -> bytes:
        return (self.directory / "segments").read_bytes()

    def open(self, target: Path, content_key: bytes = CK, **more: Any) -> None:
        open_edition(self.edition, self.serve, content_key, target, **{"segment_hashes": self.hashes, **more})


def make_shop(folder: Path, sizes: dict[str, int]) -> Shop:
    contents = {name: noise(name, size) for name, size in sizes.items()}
    sources = []
    for number, (name, data) in enumerate(contents.items()):
        path = folder / f"source{number}"
        path.write_bytes(data)
        sources.append((name, path))
    return Shop(seal_edition(sources, folder / "edition", CK), folder / "edition", contents, [])


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path, SIZES)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "bought" / "course"


def arrived(shop: Shop, target: Path) -> None:
    files = [path for path in target.rglob("*") if path.is_file()]
    assert {str(path.relative_to(target)): path.read_bytes() for path in files} == shop.contents
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def refused(action: Callable[[], object], code: str) -> SemperError:
    with pytest.raises(SemperError) as refusal:
        action()
    assert refusal.value.code == code and refusal.value.message.startswith("cannot ")
    return refusal.value


def test_files_arrive_as_they_were(shop: Shop, target: Path) -> None:
    shop.open(target)
    arrived(shop, target)
    assert shop.asked == list(range(shop.edition.segments)) == [0, 1, 2]


@pytest.mark.parametrize("size", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT])
def test_sizes_around_the_segment_boundary(size: int, tmp_path: Path, target: Path) -> None:
    shop = make_shop(tmp_path, {"a": size})
    assert shop.edition.size == size and shop.edition.segments == max(1, -(-size // SEGMENT))
    content = (shop.directory / "content").stat().st_size
    assert content == size + TAG * shop.edition.segments == sum(shop.edition.segment_range(shop.edition.segments - 1))
    shop.open(target)
    arrived(shop, target)


def test_many_small_files_share_segments(tmp_path: Path, target: Path) -> None:
    shop = make_shop(tmp_path, {f"d{n % 7}/f{n}": n * 37 for n in range(200)})
    shop.open(target)
    arrived(shop, target)
    assert shop.asked == [0]


def test_edition_says_what_the_files_are(shop: Shop) -> None:
    edition = shop.edition
    assert edition.files == tuple(
        EditionFile(name, len(data), hashlib.sha256(data).digest()) for name, data in shop.contents.items()
    )
    assert edition.ck_hash == hashlib.sha256(CK).digest()
    assert edition == read_edition(shop.directory) == Edition.decode(encode(edition))
    form.check(edition)


def test_progress_grows_to_the_whole(shop: Shop, target: Path) -> None:
    seen: list[tuple[int, int]] = []
    shop.open(target, progress=lambda done, total: seen.append((done, total)))
    size = shop.edition.size
    assert seen == [(SEGMENT, size), (2 * SEGMENT, size), (size, size)]


def test_same_files_and_key_give_the_same_edition(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    assert make_shop(tmp_path / "again", SIZES).edition == shop.edition


def test_other_content_under_the_same_key_never_repeats_a_key_stream(tmp_path: Path) -> None:
    """Nonces are counters: were CK itself the segment key, a second edition under it would give both away."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "f").write_bytes(name.encode().ljust(100, b"\0"))
        seal_edition([("f", tmp_path / name / "f")], tmp_path / name / "edition", CK)
    # From byte 3 on both plaintexts are zeros, so what follows is the bare key stream.
    first, second = ((tmp_path / name / "edition" / "content").read_bytes()[3:100] for name in ("one", "two"))
    assert first != second


def test_content_is_encrypted_in_the_documented_form(shop: Shop) -> None:
    """What another implementation needs: HKDF(CK, root), nonce = counter (11 bytes) then last (1 byte)."""
    cipher = AESGCM(derive(CK, b"semper/edition/1/segments" + shop.edition.plaintext_root))
    plain = b"".join(shop.contents.values())
    content = (shop.directory / "content").read_bytes()
    for index in range(3):
        offset, length = shop.edition.segment_range(index)
        nonce = index.to_bytes(11, "big") + bytes((index == 2,))
        piece = plain[index * SEGMENT : (index + 1) * SEGMENT]
        assert content[offset : offset + length] == cipher.encrypt(nonce, piece, None)


# --- interrupted and resumed


@pytest.mark.parametrize("fail_at", [0, 1, 2])
def test_broken_download_goes_on_where_it_stopped(fail_at: int, shop: Shop, target: Path) -> None:
    shop.fail_at = fail_at
    with pytest.raises(ConnectionResetError):
        shop.open(target)
    assert not target.exists()
    shop.fail_at, shop.asked = -1, []
    shop.open(target)
    arrived(shop, target)
    assert shop.asked == list(range(fail_at, 3))


def part_of(target: Path) -> Path:
    (part,) = (path for path in target.parent.iterdir() if path.name.endswith(".part"))
    return part


def interrupted(shop: Shop, target: Path, at: int = 2) -> Path:
    shop.fail_at = at
    with pytest.raises(ConnectionResetError):
        shop.open(target)
    shop.fail_at, shop.asked = -1, []
    return part_of(target)


def test_torn_write_is_fetched_again(shop: Shop, target: Path) -> None:
    """After a loss of power the last bytes may be missing or zero."""
    part = interrupted(shop, target)
    whole = (part / "part 2.mp4").stat().st_size
    os.truncate(part / "part 2.mp4", whole - 100)
    os.truncate(part / "part 2.mp4", whole)
    shop.open(target)
    arrived(shop, target)
    assert shop.asked == [1, 2]


def test_changed_part_is_fetched_again(shop: Shop, target: Path) -> None:
    part = interrupted(shop, target)
    with (part / "part 1" / "intro.pdf").open("r+b") as file:
        file.write(b"x")
    shop.open(target)
    arrived(shop, target)
    assert shop.asked == [0, 1, 2]


def test_overlong_and_early_files_in_the_part_do_no_harm(shop: Shop, target: Path) -> None:
    part = interrupted(shop, target, at=0)
    with (part / "part 1" / "intro.pdf").open("ab") as file:
        file.write(bytes(3 * SEGMENT))
    (part / "z").write_bytes(b"zzz")
    shop.open(target)
    arrived(shop, target)


def test_strange_files_and_links_in_the_part_are_removed(shop: Shop, target: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"mine")
    part = interrupted(shop, target, at=1)
    (part / "stranger").write_bytes(b"x")
    (part / "part 2.mp4").unlink()
    (part / "part 2.mp4").symlink_to(outside)
    shop.open(target)
    arrived(shop, target)
    assert outside.read_bytes() == b"mine"


def test_all_fetched_but_not_yet_renamed_needs_no_server(shop: Shop, target: Path) -> None:
    def no_rename(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", no_rename)
        refused(lambda: shop.open(target), "STORAGE_FULL")
    shop.asked = []
    shop.open(target)
    arrived(shop, target)
    assert shop.asked == []


def test_open_edition_is_left_alone(shop: Shop, target: Path) -> None:
    shop.open(target)
    shop.asked = []
    shop.open(target)
    arrived(shop, target)
    assert shop.asked == []


def test_folder_with_something_else_is_never_touched(shop: Shop, target: Path) -> None:
    target.mkdir(parents=True)
    (target / "z").write_bytes(b"my own file")
    refused(lambda: shop.open(target), "USAGE_INVALID")
    assert (target / "z").read_bytes() == b"my own file"


def test_two_processes_never_write_the_same_part(shop: Shop, target: Path) -> None:
    def nested(index: int, data: bytes) -> bytes:
        refused(lambda: shop.open(target), "HOME_BUSY")
        return data

    shop.change = nested
    shop.open(target)
    arrived(shop, target)


def test_full_disk_is_said_and_survived(shop: Shop, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, count = os.pwrite, [0]

    def full(descriptor: int, data: Any, at: int) -> int:
        count[0] += 1
        if count[0] > 2:
            raise OSError(28, "No space left on device")
        return real(descriptor, data, at)

    monkeypatch.setattr(os, "pwrite", full)
    assert isinstance(refused(lambda: shop.open(target), "STORAGE_FULL"), Unavailable)
    monkeypatch.undo()
    shop.open(target)
    arrived(shop, target)


def test_a_large_edition_goes_to_the_disk_as_it_is_written_and_then_leaves_the_cache(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, real, advised = make_shop(tmp_path, {"film": 6 * SEGMENT + 1, "note": 10}), os.posix_fadvise, list[int]()

    def advise(descriptor: int, start: int, length: int, advice: int) -> None:
        real(descriptor, start, length, advice)
        advised.append(start // SEGMENT)

    monkeypatch.setattr(os, "posix_fadvise", advise)
    monkeypatch.setattr(edition_files, "_STRETCH", SEGMENT)
    monkeypatch.setattr(edition_files, "_BEHIND", 2 * SEGMENT)
    shop.open(target, durable=False)
    assert not advised  # a small one stays: it is read next
    shop.open(tmp_path / "durable")
    assert advised == [0, 1, 2, 3, 4, 5]
    advised.clear()
    monkeypatch.setattr(edition_files, "_LARGE", 1000)
    shop.open(tmp_path / "large", durable=False)
    assert advised == [0, 1, 2, 0, 3, 1, 4, 2, 5, 3]
    arrived(shop, target)


def test_a_file_system_that_takes_no_advice_stores_all_the_same(
    shop: Shop, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: int) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "posix_fadvise", refuse)
    monkeypatch.setattr(edition_files, "_STRETCH", SEGMENT)
    shop.open(target)
    arrived(shop, target)


# --- lying servers


def flip(index: int, data: bytes) -> bytes:
    return data[:100] + bytes((data[100] ^ 1,)) + data[101:] if index == 1 else data


@pytest.mark.parametrize(
    "lie",
    [
        flip,
        lambda index, data: data[:-1],
        lambda index, data: data + b"\0",
        lambda index, data: b"",
        lambda index, data: data[:-TAG] if index == 2 else data,
        lambda index, data: bytes(len(data)),
    ],
)
def test_changed_segment_is_refused(lie: Callable[[int, bytes], bytes], shop: Shop, target: Path) -> None:
    shop.change = lie
    assert isinstance(refused(lambda: shop.open(target), "CONTENT_CORRUPT"), PeerDeviated)
    assert not target.exists()
    shop.change = lambda index, data: data
    shop.open(target)
    arrived(shop, target)


def test_reordered_or_repeated_segments_are_refused(shop: Shop, target: Path) -> None:
    read, _ = read_from(shop.directory, shop.edition)
    for order in ([1, 0, 2], [0, 0, 2], [0, 1, 1]):
        serve = [read(index) for index in order].__getitem__
        refused(
            lambda serve=serve: open_edition(shop.edition, serve, CK, target, segment_hashes=shop.hashes),  # type: ignore[misc]
            "CONTENT_CORRUPT",
        )


def test_wrong_hash_list_is_refused_before_anything_is_fetched(shop: Shop, target: Path) -> None:
    hashes = shop.hashes
    swapped = hashes[32:64] + hashes[:32] + hashes[64:]
    for wrong in (b"", hashes[:-32], hashes + bytes(32), swapped, bytes(len(hashes))):
        refused(lambda wrong=wrong: shop.open(target, segment_hashes=wrong), "CONTENT_CORRUPT")  # type: ignore[misc]
    assert shop.asked == []


# --- lying sellers: the offer's signed values do not fit together


def test_wrong_content_key_is_refused(shop: Shop, target: Path) -> None:
    refused(lambda: shop.open(target, bytes(32)), "CONTENT_FALSE")
    with pytest.raises(ValueError, match="32 bytes"):
        shop.open(target, b"short")


def lying(shop: Shop, **change: Any) -> Edition:
    fields = {name: getattr(shop.edition, name) for name in shop.edition.__struct_fields__}
    return Edition(**{**fields, **change})


def test_dropped_last_segment_is_noticed_even_when_the_offer_hides_it(shop: Shop, target: Path) -> None:
    """Shorter sizes and a root to match, signed by a lying seller: the last flag of the nonce gives it away."""
    sizes = [file.size for file in shop.edition.files]
    files = list(shop.edition.files)
    files[2] = EditionFile(files[2].name, 2 * SEGMENT - sizes[0] - 1, files[2].sha256)
    shop.edition = lying(shop, files=tuple(files), root=form.segment_hash(shop.hashes[:64]))
    assert shop.edition.segments == 2
    refused(lambda: shop.open(target, segment_hashes=shop.hashes[:64]), "CONTENT_FALSE")


def test_content_that_is_not_the_promised_one_convicts_the_seller(shop: Shop, target: Path) -> None:
    files = list(shop.edition.files)
    files[3] = EditionFile("z", 1, hashlib.sha256(b"promised").digest())
    shop.edition = lying(shop, files=tuple(files))
    assert "the file z" in refused(lambda: shop.open(target), "CONTENT_FALSE").message
    assert not target.exists()


def test_rubbish_under_the_promised_root_convicts_the_seller(shop: Shop, target: Path) -> None:
    """The seller encrypts something else under the key that the signed root gives."""
    cipher = form.SegmentCipher(CK, shop.edition.plaintext_root, 3)
    rubbish, hashes = [], b""
    for index in range(3):
        plain = memoryview(bytes(shop.edition.segment_size(index)))
        sealed = bytearray(len(plain) + TAG)
        cipher.encrypt_into(index, plain, memoryview(sealed))
        rubbish.append(bytes(sealed))
        hashes += form.segment_hash(bytes(sealed))
    edition = lying(shop, root=form.segment_hash(hashes))
    failure = refused(
        lambda: open_edition(edition, rubbish.__getitem__, CK, target, segment_hashes=hashes), "CONTENT_FALSE"
    )
    assert "plaintext root" in failure.message and not target.exists()


def test_segment_under_another_key_convicts_the_seller(shop: Shop, target: Path) -> None:
    shop.edition = lying(shop, plaintext_root=bytes(32))
    failure = refused(lambda: shop.open(target), "CONTENT_FALSE")
    assert "segment 0" in failure.message and form.segment_hash(failure.evidence) == shop.hashes[:32]


# --- names and other fields from outside

UNSAFE = [
    "", "/etc/passwd", "../up", "a/../b", "a/./b", ".", "..", "a//b", "a/", ".ssh/config", "a/.hidden", "~/x", "-rf",
    "a\\b", "C:x", "c:/x", "a\0b", "a\nb", "a\tb", "\x7f", "é", "a\u202egpj.exe", "\uff0e\uff0e/x", "NUL", "con.txt",
    "a/aux", "Com1.log", "lpt9", "a.", "a ", " a", "a*", "a?", "a|b", "<a>", 'a"b', "a" * 101, "/".join("abcdefghi"),
    "a/" * 121 + "a", "$x", "`x`", "%2e%2e/x",
]  # fmt: skip


@pytest.mark.parametrize("name", UNSAFE)
def test_unsafe_name_is_refused_by_both_sides(name: str, shop: Shop, tmp_path: Path, target: Path) -> None:
    files = (EditionFile(name, shop.edition.size, bytes(32)),)
    shop.edition = lying(shop, files=files)
    refused(lambda: shop.open(target), "OFFER_INVALID")
    refused(lambda: seal_edition([(name, tmp_path / "source0")], tmp_path / "new", CK), "USAGE_INVALID")
    assert shop.asked == [] and not (tmp_path / "new").exists() and not target.parent.exists()


@pytest.mark.parametrize(
    "names", [["a", "a"], ["a", "A"], ["a", "a/b"], ["a/b", "A"], ["x/y/z", "X/Y"], ["b/c", "B/C"]]
)
def test_clashing_names_are_refused(names: list[str], shop: Shop, tmp_path: Path) -> None:
    sources = [(name, tmp_path / "source0") for name in names]
    assert "clashes" in refused(lambda: seal_edition(sources, tmp_path / "new", CK), "USAGE_INVALID").message
    files = tuple(EditionFile(name, 1, bytes(32)) for name in names)
    refused(lambda: form.check(lying(shop, files=files)), "OFFER_INVALID")


@pytest.mark.parametrize(
    "name", ["a", "A b.pdf", "Part 1/Lesson (2).mp4", "x_y-z+1.tar.gz", "console", "a.con", "1/2/3/4/5/6/7/8"]
)
def test_ordinary_names_are_accepted(name: str) -> None:
    assert form.unsafe_name([name]) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"format": "semper.edition/2"},
        {"files": ()},
        {"files": (EditionFile("a", -1, bytes(32)),)},
        {"files": (EditionFile("a", 2**60, bytes(32)),)},
        {"files": (EditionFile("a", 1, bytes(31)),)},
        {"root": b""},
        {"plaintext_root": bytes(33)},
        {"ck_hash": bytes(16)},
    ],
)
def test_impossible_edition_is_refused(change: dict[str, Any], shop: Shop) -> None:
    refused(lambda: form.check(lying(shop, **change)), "OFFER_INVALID")


def test_edition_with_an_unknown_field_is_refused(shop: Shop) -> None:
    plain = decode(encode(shop.edition))
    plain[9] = b"more"
    refused(lambda: Edition.decode(encode(plain)), "ENCODING_INVALID")


# --- sealing


def test_edition_is_never_sealed_over(shop: Shop, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in shop.directory.iterdir()}
    assert set(before) == {"content", "segments", "edition"}
    refused(lambda: seal_edition([("a", tmp_path / "source0")], shop.directory, bytes(32)), "USAGE_INVALID")
    assert {path.name: path.read_bytes() for path in shop.directory.iterdir()} == before


def test_missing_source_and_empty_list_are_refused(tmp_path: Path) -> None:
    for sources in ([], [("a", tmp_path / "missing")], [("a", tmp_path)]):
        refused(lambda sources=sources: seal_edition(sources, tmp_path / "new", CK), "USAGE_INVALID")  # type: ignore[misc]
        assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("change", [b"", b"shorter", b"x" * (SEGMENT + 50), b"y" * (SEGMENT + 100)])
def test_source_that_changes_meanwhile_is_noticed(
    change: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * (SEGMENT + 100))
    measure = bulk._measure

    def measure_and_change(*args: Any) -> Any:
        result = measure(*args)
        source.write_bytes(change)
        return result

    monkeypatch.setattr(bulk, "_measure", measure_and_change)
    assert "changed" in refused(lambda: seal_edition([("a", source)], tmp_path / "new", CK), "USAGE_INVALID").message
    assert list((tmp_path / "new").iterdir()) == []


def test_content_key_has_32_bytes(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    with pytest.raises(ValueError, match="32 bytes"):
        seal_edition([("f", tmp_path / "f")], tmp_path / "new", b"short")


def test_memory_stays_bounded(tmp_path: Path, target: Path) -> None:
    """32 MiB through sealing and opening while Python itself never holds more than 12 MiB."""
    source = tmp_path / "big"
    source.write_bytes(noise("big", 32 * SEGMENT))
    tracemalloc.start()
    edition = seal_edition([("big", source)], tmp_path / "edition", CK)
    read, hashes = read_from(tmp_path / "edition", edition)
    open_edition(edition, read, CK, target, segment_hashes=hashes)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 * SEGMENT
