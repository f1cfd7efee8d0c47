"""Every automatic check of a bundle that exists, one after the other: what an authority reads before it signs.

The bundle's code is compiled in a locked worker and nowhere else; nothing of it is run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from semper_host.admission.archive_format import unpack
from semper_host.admission.build import build, publish_as
from semper_host.admission.ceiling import CEILING
from semper_host.admission.manifest import COMMERCE, MANIFEST, MOST_WORK, Manifest, check_files, parse_manifest
from semper_host.admission.statements import digest
from semper_host.commerce.check import Checked, check
from semper_host.commerce.check_record import check_record
from semper_host.commerce.durations import spoken_duration
from semper_host.commerce.terms import parse_terms
from semper_host.confinement.source import DIALECT
from semper_host.confinement.zygote import Zygote
from semper_host.host.noticing import notices_of
from semper_host.model.errors import AdmissionRefused, SemperError

T = TypeVar("T")
FOUNDATIONS = ("archive", "manifest", "files")
"""The checks that nothing can make up for: without them there is nothing to judge."""
LintingZygote = Callable[[], Zygote]
"""Gives the fork server when code is to be compiled; it is started only then."""


class Check(NamedTuple):
    """One check: its name, what was found or what is wrong, and the refusal (None: passed).

    `left_out`: there was nothing to check it with, so it neither passed nor failed.
    """

    name: str
    detail: str
    refusal: SemperError | None = None
    left_out: bool = False

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return self.refusal is None


@dataclass
class Report:
    """What the checks found of one archive at the time `at` (seconds since 1970).

    `manifest` and `terms` are None where they could not be read or do not hold; `notices` are what no check can decide.
    """

    digest: bytes
    at: int = 0
    checks: list[Check] = field(default_factory=list)
    files: Mapping[str, bytes] = field(default_factory=dict)
    manifest: Manifest | None = None
    terms: Checked | None = None
    notices: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(each.passed for each in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed, in their order."""
        return tuple(each for each in self.checks if not each.passed)

    def require(self, despite: Collection[str] = ()) -> Manifest:
        """Return the manifest. Raises the refusal of the first check that failed and is not named in `despite`.

        No reason makes up for a bundle that cannot be read: without archive, manifest and files nothing is judged.
        """
        for each in self.checks:
            if each.refusal is not None and (each.name not in despite or each.name in FOUNDATIONS):
                raise each.refusal
        assert self.manifest is not None
        return self.manifest

    def run(self, name: str, work: Callable[[], tuple[T, str]]) -> T | None:
        """Do one check: `work` returns what it found and the detail in words, or raises SemperError."""
        try:
            found, detail = work()
        except SemperError as error:
            self.checks.append(Check(name, error.message, error))
            return None
        self.checks.append(Check(name, detail))
        return found


def evaluate(archive: bytes, zygote: LintingZygote, now: int, source: Mapping[str, bytes] | None = None) -> Report:
    """Run every check on the archive; `source`: the files that it is said to be built from, by name.

    Raises Unavailable CONFINEMENT_UNAVAILABLE; what is wrong is in the report.
    """
    report = Report(digest(archive), now)
    files = report.run("archive", lambda: _archive(archive))
    if files is None:
        return report
    report.files = files
    manifest = report.manifest = report.run("manifest", lambda: _manifest(files))
    if manifest is None or report.run("files", lambda: _files(manifest, files)) is None:
        return report
    running = zygote()
    report.run("dialect", lambda: _dialect(manifest, files, running))
    if manifest.terms is not None:
        report.run("legal texts", lambda: _legal(manifest, files))
        report.terms = report.run("terms", lambda: _terms(manifest, files))
        report.run("validity", lambda: _validity(manifest, now))
    report.run("requests", lambda: _requests(manifest, report.terms))
    report.run("limits", lambda: _limits(manifest))
    _built(report, archive, source)
    report.notices = notices_of(manifest, report.terms, now)
    return report


def _built(report: Report, archive: bytes, source: Mapping[str, bytes] | None) -> None:
    if source is None:
        detail = "nobody gave the source folder; `semper authority evaluate --source DIR` compares"
        report.checks.append(Check("reproducible build", detail, left_out=True))
    else:
        report.run("reproducible build", lambda: _rebuilt(archive, source))


def _archive(archive: bytes) -> tuple[dict[str, bytes], str]:
    files = unpack(archive)
    return files, f"{len(files)} files, written the one way there is"


def _manifest(files: Mapping[str, bytes]) -> tuple[Manifest, str]:
    if MANIFEST not in files:
        raise AdmissionRefused("MANIFEST_FILES", f"cannot accept the bundle: it has no {MANIFEST}")
    manifest = parse_manifest(files[MANIFEST], unpublished=True)
    if not manifest.publisher:
        cause = f"cannot evaluate {manifest.name}: it names no publisher yet, and naming one changes it"
        raise AdmissionRefused("RELEASE_MISSING", f"{cause}; run `semper bundle sign` first")
    return manifest, f"{manifest.name}, kind {manifest.kind}, by publisher {manifest.publisher[:16]}…"


def _files(manifest: Manifest, files: Mapping[str, bytes]) -> tuple[bool, str]:
    check_files(manifest, files)
    return True, "exactly those listed, each with a purpose"


def _dialect(manifest: Manifest, files: Mapping[str, bytes], zygote: Zygote) -> tuple[bool, str]:
    modules = modules_of(manifest, files)
    findings = zygote.lint(modules)
    if findings:
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        raise AdmissionRefused("DIALECT_REFUSED", f"cannot run {manifest.name}: {findings[0]}{more}")
    return True, f"{', '.join(f'{name}.py' for name in modules)}: keeps to {DIALECT}"


def _legal(manifest: Manifest, files: Mapping[str, bytes]) -> tuple[bool, str]:
    assert manifest.terms is not None
    for locale, text in manifest.terms.legal.items():
        try:
            words = files[text.file].decode("utf-8").split()
        except UnicodeDecodeError:
            words = []
        if not words:
            cause = f"cannot accept {manifest.name}: its legal text in {locale} ({text.file}) holds no readable text"
            raise AdmissionRefused("MANIFEST_FILES", cause)
    return True, f"present in {', '.join(sorted(manifest.terms.legal))}; that they say what the flow does is for people"


def _terms(manifest: Manifest, files: Mapping[str, bytes]) -> tuple[Checked, str]:
    assert manifest.terms is not None
    checked = check(parse_terms(files[manifest.terms.flow]))
    check_record(checked.terms)
    return checked, f"{len(checked.terms.steps)} steps proved; a deal takes at most {spoken_duration(checked.longest)}"


def _validity(manifest: Manifest, now: int) -> tuple[bool, str]:
    assert manifest.terms is not None
    if now >= manifest.terms.ends:
        raise AdmissionRefused("TERMS_EXPIRED", f"cannot evaluate {manifest.name}: its terms are no longer valid")
    return True, f"from {manifest.terms.valid_from} until {manifest.terms.valid_until}"


def _requests(manifest: Manifest, terms: Checked | None) -> tuple[bool, str]:
    asked = manifest.capabilities
    listed = ", ".join(sorted(asked)) or "nothing"
    if manifest.kind == COMMERCE:
        if terms is None:
            cause = f"cannot compare what {manifest.name} requests: its terms do not hold"
            raise AdmissionRefused("TERMS_INVALID", cause)
        if terms.needed != asked:
            needed = ", ".join(sorted(terms.needed)) or "nothing"
            cause = f"cannot accept {manifest.name}: its terms need {needed}, its manifest asks for {listed}"
            raise AdmissionRefused("MANIFEST_REQUESTS", cause)
        return True, f"exactly what the terms need: {listed}"
    beyond = sorted(asked - CEILING[manifest.kind])
    if beyond:
        cause = f"cannot accept {manifest.name}: no host gives {', '.join(beyond)} to the kind {manifest.kind}"
        raise AdmissionRefused("MANIFEST_REQUESTS", cause)
    return True, f"within what the kind {manifest.kind} can have: {listed}"


def _limits(manifest: Manifest) -> tuple[bool, str]:
    """Say what one call may use. That it is within the most that a manifest may declare, reading it has required."""
    own, most = manifest.limits, MOST_WORK
    pairs = (
        (own.cpu_seconds, most.cpu_seconds, "s of processor"),
        (own.memory_mib, most.memory_mib, "MiB"),
        (own.wall_seconds, most.wall_seconds, "s of waiting"),
    )
    return True, "a call may use " + ", ".join(f"{have} of {limit} {unit}" for have, limit, unit in pairs)


def _rebuilt(archive: bytes, source: Mapping[str, bytes]) -> tuple[bool, str]:
    """Require that the source folder, stamped with the archive's publisher, builds to the very same bytes."""
    theirs = unpack(archive)
    publisher = parse_manifest(theirs[MANIFEST], unpublished=True).publisher
    own = build(source)
    if not parse_manifest(unpack(own)[MANIFEST], unpublished=True).publisher:
        own = publish_as(own, bytes.fromhex(publisher))
    if own == archive:
        return True, "the source folder builds to the same bytes"
    ours = unpack(own)
    differing = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
    cause = f"cannot build the same archive from the source folder: {', '.join(differing)} differ"
    raise AdmissionRefused("ARCHIVE_DIGEST", cause)


def modules_of(manifest: Manifest, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the modules of a bundle for the linter: the source by file name without its ending."""
    return {file.removesuffix(".py"): files[file] for file in sorted(set(manifest.entry.values()))}
