"""Terms to test with: the shipped courseware, sound examples, and one broken example for each refusal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from semper_host.commerce.binding import BoundTerms
from semper_host.commerce.terms import Terms, bind, parse_terms
from semper_host.model.errors import SemperError
from semper_host.model.money import Money

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


class Library:
    """Reads terms by name: "courseware", "sound/mall", "broken/deadlock"."""

    root = ROOT

    def text(self, name: str) -> bytes:
        if name == "courseware":
            return (ROOT / "plugins/commerce/courseware/terms.yaml").read_bytes()
        return (HERE / "terms" / f"{name}.yaml").read_bytes()

    def terms(self, name: str) -> Terms:
        return parse_terms(self.text(name))

    def edited(self, name: str, *changes: tuple[str, str]) -> bytes:
        """The text of `name` with each `old` replaced by `new` once."""
        text = self.text(name).decode()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        return text.encode()

    @contextmanager
    def refuses(self, code: str, *words: str) -> Iterator[None]:
        """Expect a refusal with `code` whose message begins with "cannot" and holds all `words`."""
        with pytest.raises(SemperError) as caught:
            yield
        assert caught.value.code == code, caught.value.message
        assert caught.value.message.startswith("cannot")
        for word in words:
            assert word in caught.value.message


@pytest.fixture(scope="session")
def library() -> Library:
    return Library()


@pytest.fixture(scope="session")
def courseware(library: Library) -> Terms:
    return library.terms("courseware")


@pytest.fixture(scope="session")
def bound(courseware: Terms) -> BoundTerms:
    parameters: dict[str, int | str | Money] = {
        "answer_within": "PT30S",
        "resolve_within": 60,
        "price_ceiling": Money(5000, "EUR"),
    }
    return bind(courseware, parameters)


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Whole deals and their evidence (`evidence_scenes.Scenes`), made when first asked for."""
    from tests.commerce.evidence_scenes import Scenes

    root = tmp_path_factory.mktemp("evidence")
    (root / "fair").mkdir()
    return Scenes(root)
