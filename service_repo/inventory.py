"""What a repository holds, for its operator: the published versions, and the sizes of things."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from semper_host.admission import versions as order
from semper_host.model.errors import AdmissionRefused
from service_repo import reader
from service_repo.layout import Entry
from service_repo.log import append, sequencer
from service_repo.log.tables import archives, entries, namespaces, versions
from service_repo.publish import Repository


class Stats(NamedTuple):
    """How much a repository holds. `waiting` entries are not cosigned yet; `kinds` counts entries by their kind."""

    entries: int
    waiting: int
    kinds: dict[str, int]
    namespaces: int
    bundles: int
    versions: int
    archive_bytes: int
    file_count: int
    file_bytes: int
    status_at: int


class Listed(NamedTuple):
    """A version that was ever published, and whether its publisher withdrew it."""

    entry: Entry
    withdrawn: bool


def entries_of(directory: Path) -> list[Entry]:
    """Return the index entries that can be read, by bundle id, oldest version first."""
    return [each.entry for each in listed_in(directory)]


def listed_in(directory: Path) -> list[Listed]:
    """Return the same, with what became of each version."""
    found: list[Listed] = []
    for file in (directory / "index").glob("*/*.cbor"):
        with suppress(AdmissionRefused, OSError):
            bundle_id = file.relative_to(directory / "index").with_suffix("").as_posix()
            index = reader.read_index(file.read_bytes(), bundle_id)
            found += [Listed(entry, entry.version not in index.versions) for entry in index.entries]
    return sorted(found, key=lambda each: (each.entry.id, order.order(each.entry.version)))


def stats(repository: Repository) -> Stats:
    """Return how much the repository holds."""
    files = [file.stat().st_size for file in repository.directory.rglob("[!.]*") if file.is_file()]
    status = repository.statuses.current()

    def work(tx: Connection) -> Stats:
        def count(asked: object) -> int:
            return int(tx.execute(asked).scalar() or 0)  # type: ignore[call-overload]

        size = append.size(tx)
        kinds = select(entries.c.kind, func.count()).group_by(entries.c.kind).order_by(entries.c.kind)
        return Stats(
            entries=size,
            waiting=size - sequencer.cosigned_size(tx),
            kinds={kind: int(number) for kind, number in tx.execute(kinds)},
            namespaces=count(select(func.count()).select_from(namespaces)),
            bundles=count(select(func.count(versions.c.id.distinct()))),
            versions=count(select(func.count()).select_from(versions)),
            archive_bytes=count(select(func.sum(func.length(archives.c.data)))),
            file_count=len(files),
            file_bytes=sum(files),
            status_at=status.at if status else 0,
        )

    return repository.store.read(work)
