"""manifest.yaml: what a bundle is, what it asks for, and which files belong to it.

`parse_manifest` reads and checks the text alone; `check_files` compares it with the archive's files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Literal, NoReturn

import msgspec

from semper_host.admission import strict_yaml
from semper_host.admission.versions import is_version
from semper_host.api_v1.entry_points import ENTRY_POINTS
from semper_host.model.errors import AdmissionRefused, UsageError
from semper_host.model.grants import Capability, Grant
from semper_host.model.learning import convert
from semper_host.model.money import parse as parse_money

MANIFEST, SCHEMA, API = "manifest.yaml", "semper.manifest/1", 1
COMMERCE = "commerce-service"
DAY = 86_400

_ID = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]/[a-z][a-z0-9-]{0,38}[a-z0-9]")
_KEY = re.compile(r"[0-9a-f]{64}")
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_SCHEMA = re.compile(r"semper\.manifest/[0-9]{1,4}")
_TEXT = 200


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Requested(_Strict, frozen=True, kw_only=True):
    """A capability that the bundle asks for, the most it needs ("100.00 EUR", calls a deal) and why, for people."""

    capability: Capability
    most: str | None = None
    calls: int | None = None
    reason: str
    optional: bool = False

    @property
    def grant(self) -> Grant:
        """Return the grant that would satisfy the request in full. `parse_manifest` has checked the money."""
        return Grant(self.capability, None if self.most is None else parse_money(self.most), self.calls)


class LegalText(_Strict, frozen=True):
    """The legal text in one language: its file and the hex SHA-256 of its bytes."""

    file: str
    sha256: str


class TermsEntry(_Strict, frozen=True, kw_only=True):
    """A commerce service's terms: the flow, the legal texts by language, and when they may be used.

    `valid_from` and `valid_until` are UTC days ("2026-12-31", the last day included) or seconds since 1970.
    """

    flow: str = "terms.yaml"
    legal: dict[str, LegalText]
    valid_from: int | str
    valid_until: int | str

    @property
    def begins(self) -> int:
        """The first second of validity."""
        return seconds(self.valid_from)

    @property
    def ends(self) -> int:
        """The first second after validity."""
        return seconds(self.valid_until) + (0 if type(self.valid_until) is int else DAY)


class WorkLimits(_Strict, frozen=True, kw_only=True):
    """What one call of the bundle may use."""

    cpu_seconds: int = 5
    memory_mib: int = 128
    wall_seconds: int = 30


MOST_WORK = WorkLimits(cpu_seconds=60, memory_mib=1024, wall_seconds=300)
"""The highest limits that a manifest may declare."""


class Manifest(_Strict, frozen=True, kw_only=True):
    """A checked manifest.yaml. `publisher` is the hex Ed25519 key, "" only in a bundle not yet published."""

    schema: Literal["semper.manifest/1"]
    id: str
    kind: Literal["payment-system", "item-manager", "commerce-service"]
    version: str
    publisher: str = ""
    api: Literal[1]
    title: str = ""
    entry: dict[str, str]
    requests: tuple[Requested, ...] = ()
    files: tuple[str, ...]
    terms: TermsEntry | None = None
    limits: WorkLimits = WorkLimits()
    depends: dict[str, str] = {}
    supersedes: str | None = None
    min_host: str = "0.0.0"

    @property
    def publisher_key(self) -> bytes:
        """The publisher's Ed25519 key, 32 bytes."""
        return bytes.fromhex(self.publisher)

    @property
    def capabilities(self) -> frozenset[Capability]:
        """All capabilities asked for, the optional ones included."""
        return frozenset(asked.capability for asked in self.requests)

    @property
    def name(self) -> str:
        """Id and version, for people."""
        return f"{self.id} {self.version}"


def parse_manifest(data: bytes, *, unpublished: bool = False) -> Manifest:
    """Return the manifest that the text `data` states; without a publisher only if `unpublished`.

    Raises AdmissionRefused: MANIFEST_INVALID naming the line or the field, VERSION_UNSUPPORTED for a newer schema.
    """
    plain = strict_yaml.load(data, MANIFEST, "MANIFEST_INVALID")
    _check_age(plain)
    try:
        manifest = convert(plain, Manifest)
    except msgspec.ValidationError as error:
        _refuse(str(error))
    _check_identity(manifest, unpublished)
    _check_entry(manifest)
    _check_requests(manifest)
    _check_terms(manifest)
    _check_limits(manifest.limits)
    return manifest


def check_files(manifest: Manifest, files: Mapping[str, bytes]) -> None:
    """Refuse an archive that does not hold exactly the files listed, each with a purpose and of its stated digest.

    Raises AdmissionRefused MANIFEST_FILES.
    """
    listed, held = set(manifest.files), set(files) - {MANIFEST}
    if len(listed) != len(manifest.files):
        _refuse_files("it lists a file twice")
    if listed != held:
        missing, extra = sorted(listed - held), sorted(held - listed)
        _refuse_files(f"listed but absent: {_names(missing)}; present but not listed: {_names(extra)}")
    used = set(manifest.entry.values())
    if manifest.terms is not None:
        used |= {manifest.terms.flow} | {text.file for text in manifest.terms.legal.values()}
    if used != held:
        stray, absent = sorted(held - used), sorted(used - held)
        _refuse_files(f"used for nothing: {_names(stray)}; used but absent: {_names(absent)}")
    for text in manifest.terms.legal.values() if manifest.terms is not None else ():
        digest = sha256(files[text.file]).hexdigest()
        if digest != text.sha256:
            _refuse_files(f"{text.file} has SHA-256 {digest}, not {text.sha256} (mended by `semper bundle legal`)")


def seconds(moment: int | str) -> int:
    """Return `moment`, seconds or a UTC day like "2026-12-31", as seconds since 1970. Raises ValueError."""
    if isinstance(moment, int):
        return moment
    if len(moment) != len("2026-12-31"):
        raise ValueError(f"{moment[:40]!r} is not a day like '2026-12-31'")
    return (date.fromisoformat(moment).toordinal() - date(1970, 1, 1).toordinal()) * DAY


def _check_age(plain: object) -> None:
    """Tell a manifest of the future from a wrong one."""
    if type(plain) is not dict:
        _refuse("it is not a mapping")
    schema = plain.get("schema")
    if type(schema) is str and _SCHEMA.fullmatch(schema) and schema != SCHEMA:
        _refuse_newer(f"it is written as {schema}, this host reads {SCHEMA}")
    api = plain.get("api")
    if type(api) is int and api > API:
        _refuse_newer(f"it needs api {api}, this host has api {API}")


def _check_identity(manifest: Manifest, unpublished: bool) -> None:
    if not _ID.fullmatch(manifest.id):
        _refuse("`id` must be namespace/name in lower-case ASCII letters, digits and '-'")
    versions = [manifest.version, manifest.min_host, *manifest.depends.values()]
    if not all(is_version(version) for version in [*versions, *([manifest.supersedes] if manifest.supersedes else [])]):
        _refuse("`version`, `min_host`, `supersedes` and each of `depends` must be like 1.4.0")
    if not all(_ID.fullmatch(name) for name in manifest.depends):
        _refuse("each name in `depends` must be namespace/name")
    if not _KEY.fullmatch(manifest.publisher) and not (unpublished and not manifest.publisher):
        _refuse("`publisher` must be 64 lower-case hex digits in quotes")
    if len(manifest.title) > _TEXT:
        _refuse(f"`title` is longer than {_TEXT} characters")


def _check_entry(manifest: Manifest) -> None:
    roles = {entry.partition(".")[0] for entry in ENTRY_POINTS[manifest.kind]}
    unknown = sorted(set(manifest.entry) - roles)
    if unknown or not manifest.entry:
        _refuse(f"`entry` must name roles of a {manifest.kind} ({', '.join(sorted(roles))}), not {_names(unknown)}")
    for role, file in manifest.entry.items():
        if not file.endswith(".py") or file not in manifest.files:
            _refuse(f"`entry.{role}` must be a .py file of `files`")


def _check_requests(manifest: Manifest) -> None:
    if len(manifest.capabilities) != len(manifest.requests):
        _refuse("`requests` names a capability twice")
    for asked in manifest.requests:
        where = f"`requests` {asked.capability}"
        try:
            grant = asked.grant
        except UsageError as error:
            _refuse(f"{where}: {error.message}")
        if grant.most is not None and grant.most.minor <= 0:
            _refuse(f"{where}: `most` must be positive")
        if asked.calls is not None and not 0 < asked.calls <= 1_000_000:
            _refuse(f"{where}: `calls` must be 1 to 1000000")
        if not 0 < len(asked.reason) <= _TEXT:
            _refuse(f"{where}: `reason` must say why in at most {_TEXT} characters")
        if asked.optional and manifest.kind == COMMERCE:
            _refuse(f"{where}: what terms make necessary can't be optional")


def _check_terms(manifest: Manifest) -> None:
    terms = manifest.terms
    if (manifest.kind == COMMERCE) != (terms is not None):
        _refuse("`terms` must stand in a commerce-service and nowhere else")
    if terms is None:
        return
    if not terms.legal or not all(_LOCALE.fullmatch(locale) for locale in terms.legal):
        _refuse("`terms.legal` must give a text for one or more languages like en or de-CH")
    if not all(_KEY.fullmatch(text.sha256) for text in terms.legal.values()):
        _refuse("`terms.legal`: each `sha256` must be 64 lower-case hex digits in quotes")
    try:
        if terms.begins >= terms.ends:
            _refuse("`terms.valid_until` lies before `terms.valid_from`")
    except ValueError as error:
        _refuse(f"`terms` validity: {error}")


def _check_limits(limits: WorkLimits) -> None:
    for name in limits.__struct_fields__:
        value, most = getattr(limits, name), getattr(MOST_WORK, name)
        if not 0 < value <= most:
            _refuse(f"`limits.{name}` must be 1 to {most}")


def _names(names: list[str]) -> str:
    return ", ".join(name[:_TEXT] for name in names[:5]) + (", …" if len(names) > 5 else "") or "none"


def _refuse(cause: str) -> NoReturn:
    raise AdmissionRefused("MANIFEST_INVALID", f"cannot accept {MANIFEST}: {cause}")


def _refuse_newer(cause: str) -> NoReturn:
    raise AdmissionRefused("VERSION_UNSUPPORTED", f"cannot read {MANIFEST}: {cause}")


def _refuse_files(cause: str) -> NoReturn:
    raise AdmissionRefused("MANIFEST_FILES", f"cannot accept the bundle: {MANIFEST} and the archive disagree: {cause}")
