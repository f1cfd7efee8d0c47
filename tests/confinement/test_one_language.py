"""The dialect is one language on every Python from 3.11 on: what one of them reads and compiles, all do.

The sources here are our own, so they may be compiled in the test's process.
"""

from __future__ import annotations

import sys

import pytest

from semper_host.confinement import dialect, dialect_rules

OF_NEWER_PYTHONS = {
    "x = f'{f'{1}'}'": (3, 12), "x = f'{[1]['a']}'": (3, 12), "x = f'{\"\\n\"}'": (3, 12),
    "x = f'{1 # one\n}'": (3, 12), "x = f'{\n1}'": (3, 12), "x = f\"{f'{\"a\"}'}\"": (3, 12),
    "x = ('a' f'{'b'}')": (3, 12), "def f(x: f'{'a'}'):\n    pass": (3, 12), "x = f'{1:{'d'}}'": (3, 12),
    "x = t'{1}'": (3, 14), "try:\n    x = 1\nexcept ValueError, KeyError:\n    x = 2": (3, 14),
    "try:\n    x = 1\nexcept (ValueError), (KeyError):\n    x = 2": (3, 14),
    "lazy from semper_host.api_v1 import Ask": (3, 15), "lazy import semper_host.api_v1": (3, 15),
    "x = [*each for each in [[1]]]": (3, 15), "x = {**each for each in [{}]}": (3, 15),
    "x = list(*each for each in [[1]])": (3, 15),
}  # fmt: skip
"""Sources that Python reads since the version named."""


@pytest.mark.parametrize("source", OF_NEWER_PYTHONS)
def test_the_dialect_is_one_language_on_old_and_new_pythons(source: str) -> None:
    rules = {each.rule for each in dialect.lint(source.encode(), "new.py")}
    assert ("newer-syntax" if sys.version_info >= OF_NEWER_PYTHONS[source] else "syntax") in rules


@pytest.mark.parametrize(
    "opening", ["for n{n} in [1]:", "while True:", "try:", "try:\n{at}    x = 1\n{at}except ValueError:"]
)
def test_blocks_nest_as_deep_as_every_python_compiles_and_no_deeper(opening: str) -> None:
    def nested(depth: int) -> set[str]:
        lines = ["    " * n + opening.format(n=n, at="    " * n) for n in range(depth)]
        lines.append("    " * depth + "x = [n for n in [1]]")
        if opening == "try:":
            lines += [f"{'    ' * n}except KeyError:\n{'    ' * n}    x = 2" for n in reversed(range(depth))]
        return {each.rule for each in dialect.lint("\n".join(lines).encode(), "deep.py")}

    most = dialect_rules.MAX_BLOCKS - 1  # for there is a comprehension within
    if "except" in opening:
        most //= 2  # a handler is a block as well
    assert nested(most) == set()
    assert nested(most + 1) == {"nesting"}


@pytest.mark.parametrize(
    "source",
    ["x = 1 in {1, 2} == 3", "x = 1 < 2 in {1} < 3", "x = {1} in [1]", "x = 1 in {1} in [1]", "x = 1 in [{1}]"],
)
def test_a_set_is_allowed_only_where_no_operator_hands_it_on(source: str) -> None:
    assert {each.rule for each in dialect.lint(source.encode(), "set.py")} == {"set"}
    assert dialect.lint(b"x = 0 < 1 in {1, *[2]} and 1 not in {2}", "set.py") == []


HIDDEN_IN_F_STRINGS = [
    "f'{ｘ}'", "f'{x}{{' rf\"{{{ｘ}}}\"", "f'{x:>5d}{[ｘ][0]!r:>5}'", "f'''{x\n + ｘ}'''", "f\"{x.get('}') != ｘ}\"",
    "f\"{f'{ｘ}'}\"", "('a' F'{x}' fR'{ｘ=}')", "f\"{dict(ａ='}')}\"", "f'{(lambda ｎ: 1)(1)}'", "f'{x.ａ}'",
    "f'{\"{\"}{ｘ}'", "f'{[x][0]:{ｘ}}'",
]  # fmt: skip
"""Expressions in which a name is written with characters that Python takes for others (NFKC)."""


@pytest.mark.parametrize("source", HIDDEN_IN_F_STRINGS)
def test_a_look_alike_name_within_an_f_string_is_refused_by_every_python(source: str) -> None:
    found = dialect.lint(f"x = {{}}\ny = 1 + 1\nz = {source}".encode(), "name.py")
    assert "look-alike-name" in {each.rule for each in found}
    assert [each.line for each in found if each.rule == "look-alike-name"] == [3 + ("\n" in source)] or "\n" in source


@pytest.mark.parametrize("source", [
    "x = f'{1:#x} {\"a\"!r:>5} # \\\\ {{}}'", "x = f\'\'\'{\"a\"\n + 'b'}\n\'\'\'",
    "x = ('a' f\"{'b'}\"\n 'c' f'{1}\\n')", "x = rf'\\d{1}'", "x = f'ü{1:ü>5d}' f\"{f'{1:x}'}\"", "x = f\"{'#'}\"",
])  # fmt: skip
def test_an_f_string_that_every_python_reads_is_allowed(source: str) -> None:
    assert dialect.lint(source.encode(), "new.py") == []
