"""The pages hang together: links lead somewhere, commands and codes that they name exist, every page can be found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from semper_host.cli.lazy import load
from semper_host.cli.program import Commands
from semper_host.model.error_codes import CODES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
GENERATED = {"cli.md", "errors.md", "hooks.md", "dialect.md"}

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(
    r"(?:^|[`$(] ?|bin/)semper ((?:--\w[\w-]* [^\s`]+ )*)([a-z]+)(?: ([a-z]+(?:-[a-z]+)*))?", re.MULTILINE
)
_SHOUTED = re.compile(r"`([A-Z]+(?:_[A-Z]+)+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = _CODE_BLOCK.sub("", page.read_text("utf-8"))
    assert not [link for link in _LINK.findall(text) if not _leads_somewhere(page, link)]


def test_every_page_can_be_found_from_the_contents() -> None:
    contents = DOCS / "README.md"
    listed = {(DOCS / link.partition("#")[0]).resolve() for link in _LINK.findall(contents.read_text("utf-8"))}
    pages = {page for page in DOCS.rglob("*.md") if page != contents and page.parent.name != "adr"}
    assert not pages - listed


def test_every_command_that_a_page_names_exists() -> None:
    unknown = [f"{page.name}: semper {named}" for page in PAGES for named in _named_commands(page)]
    assert not unknown


def test_every_error_code_that_a_page_names_exists() -> None:
    other = {"SEMPER_HOME", "SEMPER_PASSPHRASE_FILE", "SEMPER_SCRIPTED_UI", "SEMPER_DEBUG", "SEMPER_PIN_FILE"}
    unknown = {
        f"{page.name}: {name}"
        for page in PAGES
        if page.name not in GENERATED
        for name in _SHOUTED.findall(page.read_text("utf-8"))
        if name not in CODES and name not in other
    }
    assert not unknown


def _leads_somewhere(page: Path, link: str) -> bool:
    if re.match(r"[a-z]+:", link):
        return True
    file, _, section = link.partition("#")
    target = (page.parent / file).resolve() if file else page
    if not target.exists():
        return False
    return not section or section in {_anchor(title) for title in _titles(target)}


def _titles(page: Path) -> list[str]:
    return re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)


def _anchor(title: str) -> str:
    """Return the anchor that a title gets: lower case, words joined by hyphens, the rest left out."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _named_commands(page: Path) -> Iterator[str]:
    """Yield the commands on the page that the program does not know."""
    for _, noun, verb in _COMMAND.findall(page.read_text("utf-8")):
        if noun not in Commands.later:
            yield noun
            continue
        verbs = getattr(load(noun, Commands.later[noun]), "commands", {})
        if verbs and verb and verb not in verbs:
            yield f"{noun} {verb}"
