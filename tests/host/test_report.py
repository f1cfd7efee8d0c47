"""The report of an evaluation: the page says what the JSON says and brings all it needs; no words become markup."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from semper_host.admission.archive_format import pack
from semper_host.confinement.zygote import Zygote
from semper_host.host import bundling, evaluating
from semper_host.host.comparing import compare
from semper_host.host.flow_picture import standalone
from semper_host.host.report import BundleReport, plain, report_of, schema
from semper_host.host.report_page import page
from semper_host.supporting.trusted_ui.display_text import escape

NOW = 1_800_000_000
ROOT = Path(__file__).resolve().parents[2]
SOUND = ROOT / "tests" / "commerce" / "terms" / "sound"
PUBLISHER = b'publisher: "' + b"ab" * 32 + b'"\n'
ATTACK = "</pre></svg><script>alert(1)</script><img onerror=x src=y> \"'&<b"
Files = dict[str, bytes]
Reported = Callable[[Files], BundleReport]


class Seen(HTMLParser):
    """What a browser would find in a page: tags, attributes, words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.depth: list[str] = []
        self.unbalanced: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}
        if tag not in ("meta", "path", "rect"):
            self.depth.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}

    def handle_endtag(self, tag: str) -> None:
        if not self.depth or self.depth.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture
def course() -> Files:
    files = bundling.read_source(ROOT / "plugins" / "commerce" / "courseware")
    files["manifest.yaml"] += PUBLISHER
    return files


@pytest.fixture
def reported(zygote: Zygote) -> Reported:
    return lambda files: report_of(evaluating.evaluate(pack(files), lambda: zygote, NOW))


def with_text(files: Files, text: str) -> Files:
    """Put `text` wherever a publisher can write words."""
    quoted = json.dumps(text, ensure_ascii=False).encode()
    legal = (text + "\n").encode("utf-8", "surrogatepass")
    manifest = files["manifest.yaml"].replace(b"title: Courseware, files sold against held money", b"title: " + quoted)
    manifest = manifest.replace(b"reason: The seller is paid the price of the course.", b"reason: " + quoted)
    manifest = manifest.replace(sha256(files["legal.en.txt"]).hexdigest().encode(), sha256(legal).hexdigest().encode())
    terms = files["terms.yaml"].replace(b"Key to the course's files", quoted)
    return {**files, "manifest.yaml": manifest, "terms.yaml": terms, "legal.en.txt": legal}


def test_no_words_of_a_bundle_become_markup(course: Files, reported: Reported) -> None:
    report = reported(with_text(course, ATTACK))
    assert report.passed and report.title == ATTACK and report.flow is not None
    text = page(report)
    seen, honest = Seen(text), Seen(page(reported(course)))
    assert seen.tags == honest.tags and "script" not in seen.tags and "img" not in seen.tags
    assert not seen.unbalanced and not seen.depth
    assert not [name for name, _ in seen.attributes if name.startswith("on") or name in ("src", "href", "xlink:href")]
    assert seen.words.count("<script>alert(1)</script>") >= 4, "title, reason, item and legal text show as they are"


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u200b", "\x07", "\ufeff"])
def test_signs_that_deceive_are_shown_by_their_number(course: Files, reported: Reported, sign: str) -> None:
    legal = f"The price is {sign}low.\n".encode()
    old, new = (sha256(each).hexdigest().encode() for each in (course["legal.en.txt"], legal))
    manifest = course["manifest.yaml"].replace(old, new)
    text = page(reported({**course, "legal.en.txt": legal, "manifest.yaml": manifest}))
    assert sign not in text and f"The price is {escape(sign)}low." in text


def test_the_page_loads_and_runs_nothing(course: Files, reported: Reported) -> None:
    text = page(reported(course))
    assert "default-src 'none'" in text and "://" not in text and "url(" not in text.replace("url(#tip)", "")
    assert "@import" not in text


def test_the_page_shows_what_the_json_says(course: Files, reported: Reported) -> None:
    report = reported(course)
    words = " ".join(Seen(page(report)).words.split())
    said = json.loads(json.dumps(plain(report)))
    for check in said["checks"]:
        assert check["name"] in words and check["detail"] in words
    for asked in said["requests"]:
        assert asked["capability"] in words and asked["reason"] in words and asked["meaning"] in words
    for text in said["legal"]:
        assert " ".join(text["text"].split()) in words
    for file in said["files"]:
        assert file["name"] in words and file["sha256"] in words
    for step in said["flow"]["steps"]:
        assert step["name"] in words
    for part in (said["digest"], said["publisher"], said["title"], "74 days", "1000.00 EUR"):
        assert part in words


def test_what_cannot_be_read_is_reported_too(zygote: Zygote) -> None:
    report = report_of(evaluating.evaluate(b"PK junk", lambda: zygote, NOW))
    assert not report.passed and report.checks[0].code == "ARCHIVE_INVALID"
    seen = Seen(page(report))
    assert "Do not certify this" in seen.words and "A bundle that cannot be read" in seen.words
    assert not seen.unbalanced and not seen.depth


def test_a_failed_check_names_code_and_remedy(course: Files, reported: Reported) -> None:
    course["seller.py"] += b"\nimport os\n"
    words = Seen(page(reported(course))).words
    assert "✗ failed" in words and "DIALECT_REFUSED" in words and "1 of 9 checks failed" in words


def test_what_people_should_look_at_is_said(course: Files, reported: Reported) -> None:
    course["manifest.yaml"] = (
        course["manifest.yaml"].replace(b"    most: 1000.00 EUR\n", b"", 1).replace(b"2036-12-31", b"2027-01-20")
    )
    notices = reported(course).notices
    assert "money.pay is asked for without a most: whatever an offer names could be moved" in notices
    assert any(line.startswith("the terms are valid for 5 days") for line in notices)


def test_a_report_holds_its_own_schema(course: Files, reported: Reported) -> None:
    rules = schema()
    assert rules["properties"]["bundles"]["items"] == {"$ref": "#/$defs/BundleReport"}
    said = plain(reported(course))
    assert msgspec.convert(said, BundleReport) == reported(course)
    assert set(said) == set(rules["$defs"]["BundleReport"]["properties"])


@pytest.mark.parametrize("terms", sorted(SOUND.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_flow_is_drawn_whole(terms: Path, course: Files, reported: Reported) -> None:
    report = reported({**course, "terms.yaml": terms.read_bytes()})
    assert report.flow is not None
    text = page(report)
    drawn = text[text.index("<svg") : text.index("</svg>")]
    for step in report.flow.steps:
        assert f">{step.name}<" in drawn
    for end in report.flow.ends:
        assert f">end: {end.name}<" in drawn
    assert drawn.count("<path d=") == sum(len(step.outcomes) for step in report.flow.steps) + 1


def test_what_changed_since_another_version_is_in_page_and_json(course: Files, zygote: Zygote) -> None:
    new = with_text(course, ATTACK)
    new["terms.yaml"] = new["terms.yaml"].replace(b"max: P7D", b"max: P9D")
    changes = compare(course, new)
    report = report_of(evaluating.evaluate(pack(new), lambda: zygote, NOW), changes)
    seen = Seen(page(report))
    assert "What changed since semper/courseware 1.0.0" in seen.words
    assert "a deal can take longer: 78 days instead of 74 days" in seen.words
    assert "script" not in seen.tags and not seen.unbalanced and not seen.depth
    assert list(plain(report)["changes"]["watch"]) == list(changes.watch)
    assert plain(report)["changes"]["legal"][0]["name"] == "en"


def test_the_flow_alone_is_a_picture_that_is_well_formed_and_loads_nothing(course: Files, reported: Reported) -> None:
    flow = reported(with_text(course, ATTACK)).flow
    assert flow is not None
    drawn = standalone(flow)
    root = ElementTree.fromstring(drawn)
    tags = {each.tag.rpartition("}")[2] for each in root.iter()}
    assert tags == {"svg", "style", "defs", "marker", "path", "g", "rect", "text"}
    assert drawn.count("://") == 1, "the name of the format"
