"""A lying repository: whatever it returns, only what the digest proves is believed, and it gets the blame."""

from __future__ import annotations

from typing import Any

import pytest

from semper_host.admission.admit import examine
from semper_host.admission.pack import Pack, write_pack
from semper_host.admission.statements import digest
from semper_host.model.encoding import encode
from semper_host.model.error_codes import Blame
from semper_host.model.errors import AdmissionRefused
from service_repo import layout
from service_repo.layout import MAX_INDEX, Entry, Index
from service_repo.reader import check_pack, check_statement, read_entry, read_index


def refused(call: Any, *arguments: Any) -> str:
    with pytest.raises(AdmissionRefused) as caught:
        call(*arguments)
    assert caught.value.code == "ARCHIVE_DIGEST"
    assert caught.value.blame is Blame.REPOSITORY
    assert caught.value.retryable
    assert caught.value.message.startswith("cannot ")
    return caught.value.message


def test_a_bundle_with_one_byte_changed_in_the_repository_is_refused(repository: Any, bundle: Any) -> None:
    repository.publish(bundle.archive, bundle.release)
    data = (repository.directory / layout.pack_path(bundle.digest)).read_bytes()
    assert check_pack(data, bundle.digest).archive == bundle.archive
    begin = data.index(bundle.archive)
    for at in range(begin, begin + len(bundle.archive), 37):
        changed = bytearray(data)
        changed[at] ^= 1
        assert bundle.digest.hex() in refused(check_pack, bytes(changed), bundle.digest)


def test_another_genuine_bundle_than_the_one_asked_for_is_refused(bundle: Any, another: Any) -> None:
    older = another("0.9.0")
    refused(check_pack, write_pack(Pack(older.archive, older.release)), bundle.digest)


def test_a_truncated_or_empty_answer_is_refused(bundle: Any) -> None:
    refused(check_pack, b"", bundle.digest)
    refused(check_pack, write_pack(Pack(bundle.archive, bundle.release))[:-1], bundle.digest)


def test_a_pack_proves_itself(repository: Any, bundle: Any) -> None:
    repository.publish(bundle.archive, bundle.release, bundle.evaluations)
    data = (repository.directory / layout.pack_path(bundle.digest)).read_bytes()
    pack = check_pack(data, bundle.digest)
    assert (pack.archive, pack.release, pack.evaluations) == (bundle.archive, bundle.release, bundle.evaluations)
    assert examine(pack.archive, pack.release, 1_800_000_000).digest == bundle.digest


def test_a_pack_with_one_byte_changed_is_refused_or_only_an_evaluation_changed(bundle: Any) -> None:
    data = write_pack(Pack(bundle.archive, bundle.release, bundle.evaluations[:1]))
    evaluation_at = data.index(bundle.evaluations[0])
    for at in range(0, len(data), 13):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        if at >= evaluation_at:  # admission finds that it does not count
            pack = check_pack(changed, bundle.digest)
            refused(check_statement, pack.evaluations[0], digest(bundle.evaluations[0]))
        else:
            refused(check_pack, changed, bundle.digest)


def test_a_pack_without_its_bundles_release_is_refused(bundle: Any) -> None:
    refused(check_pack, write_pack(Pack(bundle.archive, b"")), bundle.digest)
    refused(check_pack, write_pack(Pack(bundle.archive, bundle.evaluations[0])), bundle.digest)


def test_a_statement_is_the_one_that_the_index_names_or_refused(bundle: Any) -> None:
    assert check_statement(bundle.release, digest(bundle.release)) == bundle.release
    refused(check_statement, bundle.evaluations[0], digest(bundle.evaluations[1]))


def test_an_index_about_something_else_or_malformed_is_refused(repository: Any, bundle: Any) -> None:
    entry = repository.publish(bundle.archive, bundle.release)
    data = (repository.directory / layout.index_path("semper/items")).read_bytes()
    assert read_entry(data, "semper/items", "1.0.0") == entry
    assert read_index(data, "semper/items").entries == (entry,)
    refused(read_entry, data, "semper/items", "1.0.1")
    other = encode(Index("semper/items", (), (Entry("semper/other", "1.0.0", b"", b"", (), b""),)))
    twice = encode(Index("semper/items", (), (entry, entry)))
    for wrong in (b"", b"\xff", b"\x9f\xff", data + b"\0", encode(entry), other, twice, bytes(MAX_INDEX + 1)):
        refused(read_index, wrong, "semper/items")
    refused(read_index, data, "semper/other")
