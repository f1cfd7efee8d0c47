"""The dialect is one language on every Python: what only newer ones than 3.11 can read is refused by them, too.

Without this a bundle that its author checked on a new Python would be refused by the hosts with an old one. Most of
it the parser gates by itself (ast.parse, feature_version); here is what it does not.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator

from semper_host.confinement.dialect_check import Refusal

KNOWN = (3, 13)
"""The grammar that is parsed. Type parameters (3.12) are in it, because they have a rule of their own."""
GATED = "only supported in Python"
"""What the parser says of syntax that is newer than the version it was asked for."""
_FIRST = (3, 12)
"""The first Python that reads more than the dialect."""
_PLAIN = re.compile(rb"""(?:[fF][rR]?|[rR][fF])(?:"[^"\\#\n]*"|'[^'\\#\n]*')""")
"""An f-string that reads the same since 3.6; any other is looked at token by token."""


def check_newer(tree: ast.Module, text: str) -> list[Refusal]:
    """Return where `tree`, parsed from `text`, has syntax that Python 3.11 does not read."""
    if sys.version_info < _FIRST:
        return []
    lines = text.encode().split(b"\n")
    nodes = list(ast.walk(tree))
    formats = {id(node.format_spec) for node in nodes if isinstance(node, ast.FormattedValue)}
    found = {Refusal(node.lineno, "newer-syntax", what) for node, what in _newer_nodes(nodes)}
    for node in nodes:
        if isinstance(node, ast.JoinedStr) and id(node) not in formats:
            segment = _segment(lines, node)
            if not _PLAIN.fullmatch(segment) and _nests_anew(segment.decode()):
                found.add(Refusal(node.lineno, "newer-syntax", "an f-string within itself"))
    return sorted(found)


def _newer_nodes(nodes: list[ast.AST]) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    """Yield what Python 3.15 says with the nodes of older ones: lazy imports, unpacking in comprehensions."""
    for node in nodes:
        match node:
            case ast.Import() | ast.ImportFrom() if getattr(node, "is_lazy", 0):
                yield node, "lazy import"
            case ast.ListComp(elt=ast.Starred()) | ast.SetComp(elt=ast.Starred()) | ast.GeneratorExp(elt=ast.Starred()):
                yield node, "unpacking in a comprehension"
            case ast.DictComp() if getattr(node, "value", None) is None:
                yield node, "unpacking in a comprehension"


def _segment(lines: list[bytes], node: ast.expr) -> bytes:
    """Return the source of `node`; columns count bytes."""
    last = node.end_lineno or node.lineno
    part = lines[node.lineno - 1 : last]
    part[-1] = part[-1][: node.end_col_offset]
    part[0] = part[0][node.col_offset :]
    return b"\n".join(part)


def _nests_anew(segment: str) -> bool:
    """Say whether an f-string has within braces what PEP 701 brought: its own quote, a backslash, a comment, a line."""
    quotes: list[str] = []  # of the f-strings around, outermost first
    for token in tokenize.generate_tokens(io.StringIO(f"({segment})").readline):
        name, around = tokenize.tok_name[token.type], quotes
        if name == "FSTRING_END":
            quotes.pop()
        elif name == "FSTRING_MIDDLE":
            around = quotes[:-1]
        if token.string == "\n" and any(len(each) == 1 for each in around):
            return True
        if around and (name == "COMMENT" or any(each in token.string for each in (*around, "\\"))):
            return True
        if name == "FSTRING_START":
            quotes.append(token.string.lstrip("fFrR"))
    return False
