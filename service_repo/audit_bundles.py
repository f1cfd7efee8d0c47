"""Whether archives, packs and the index are what the log says."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from semper_host.admission.log_evidence import LogPolicy, read_staple, verify_staple
from semper_host.admission.statements import digest
from semper_host.model.errors import SemperError
from service_repo import layout, reader
from service_repo.audit_statements import Released, Sayings


class Bundles:
    """Compares what is served with what was said. `content`: also read every pack."""

    def __init__(
        self, read: Callable[[str], bytes | None], policy: LogPolicy, sayings: Sayings, *, content: bool
    ) -> None:
        self._read, self._policy, self._sayings, self._content = read, policy, sayings, content

    def findings(self) -> Iterator[tuple[str, str]]:
        """Give path and cause of everything that is wrong."""
        for bundle_id, released in self._sayings.releases.items():
            path = layout.index_path(bundle_id)
            try:
                index = reader.read_index(self._read(path) or b"", bundle_id)
            except SemperError:
                yield path, "the index is missing or malformed"
                index = layout.Index(bundle_id, ())
            for each in released:
                yield from self._version(each, index.entry(each.said.version))
            yield from self._versions(index, released)

    def _version(self, released: Released, entry: layout.Entry | None) -> Iterator[tuple[str, str]]:
        said = released.said
        path, pack = layout.index_path(said.id), layout.pack_path(said.subject)
        if entry is None:
            yield path, f"the index does not show a version that was logged as entry {released.number}"
            return
        if (entry.bundle, entry.release) != (said.subject, released.digest):
            yield path, "the index names another bundle than the log"
        if not self._content:
            return
        data = self._read(pack) or b""
        if digest(data) != entry.pack:
            yield pack, "the pack is missing, or not the one that the index names"
            return
        cause = self._pack(data, released)
        if cause:
            yield pack, cause

    def _pack(self, data: bytes, released: Released) -> str:
        """Return what is wrong with a pack, or ""."""
        try:
            pack = reader.check_pack(data, released.said.subject)
            if digest(pack.release) != released.digest:
                return "its release is not the one that was logged"
            if not set(pack.evaluations) <= set(self._sayings.evaluations[released.said.subject]):
                return "it holds an evaluation that was not logged"
            staple = read_staple(pack.staple)
            if self._policy.quorum:
                proven = verify_staple(staple, self._policy).statements
                if not {digest(each) for each in (pack.release, *pack.evaluations)} <= proven.keys():
                    return "it does not prove all that it holds"
        except SemperError as error:
            return error.message
        return ""

    def _versions(self, index: layout.Index, released: list[Released]) -> Iterator[tuple[str, str]]:
        """Check the list of versions. It may be newer than the checkpoint, which is written last, never older."""
        path, listed = layout.index_path(index.id), set(index.versions)
        gone = {each.said.version for each in released if each.said.subject in self._sayings.withdrawn}
        if listed & gone:
            yield path, "it lists a version that was withdrawn"
        for version in listed - {each.said.version for each in released}:
            if index.entry(version) is None:
                yield path, f"it lists version {version}, which nobody released"
