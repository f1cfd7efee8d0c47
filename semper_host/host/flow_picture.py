"""The flow of terms as a picture: SVG to stand in a page, drawn from the rows of `flow_view`.

Words of the bundle go in as escaped text only; colours are the page's, by class.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from semper_host.commerce.terms_model import END
from semper_host.host.flow_layout import Arrow, Layout, Point, Size, layout
from semper_host.host.flow_view import EndRow, FlowView, StepRow
from semper_host.host.report_style import FLOW_STYLE
from semper_host.supporting.trusted_ui.display_text import escape as visible

_NAMESPACE = "http://www.w3.org/2000/svg"
_WIDTH, _END_WIDTH = 316, 232
_LINE, _PAD, _HEAD = 18, 14, 42
_COLUMNS, _END_COLUMNS = 43, 30
_ROUND, _BEND = 12, 8


def picture(flow: FlowView) -> str:
    """Return the flow as one <svg> element: steps as boxes, outcomes as arrows, ends at the bottom."""
    names = [step.name for step in flow.steps] + [END + end.name for end in flow.ends]
    number = {name: n for n, name in enumerate(names)}
    words = [_step_words(step) for step in flow.steps] + [_end_words(end) for end in flow.ends]
    steps = len(flow.steps)
    sizes = [Size(_WIDTH if n < steps else _END_WIDTH, _height(lines)) for n, lines in enumerate(words)]
    ways = [(number[step.name], number[way.target], way.name) for step in flow.steps for way in step.outcomes]
    found = layout(sizes, [Arrow(source, target) for source, target, _ in ways])
    drawn = [_arrow(n, found, label) for n, (_, _, label) in enumerate(ways)]
    drawn += [_step(step, found.boxes[n], sizes[n], words[n]) for n, step in enumerate(flow.steps)]
    drawn += [_end(end, found.boxes[n], sizes[n], words[n]) for n, end in enumerate(flow.ends, steps)]
    drawn += [_label(n, found, label) for n, (_, _, label) in enumerate(ways)]
    width, height = found.size
    return (
        f'<svg class="flow" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"'
        f' aria-label="{clean(f"The flow of {flow.protocol}")}">{_MARKER}{"".join(drawn)}</svg>'
    )


def standalone(flow: FlowView) -> str:
    """Return the same picture as a file of its own, which brings its style and loads nothing."""
    svg = picture(flow).replace("<svg ", f'<svg xmlns="{_NAMESPACE}" ', 1)
    return svg.replace("<defs>", f"<style>{FLOW_STYLE}</style><defs>", 1) + "\n"


def clean(text: str) -> str:
    """Return words of a bundle as HTML text or attribute: markup escaped, what is not printable shown by its number."""
    return escape("".join(each if each.isprintable() else visible(each) for each in text), quote=True)


_MARKER = (
    '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8"'
    ' orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" class="tip"/></marker></defs>'
)


def _step_words(step: StepRow) -> list[str]:
    lines = [line for give in step.gives for line in _wrapped(give, _COLUMNS)]
    if step.promise:
        lines += _wrapped(step.promise, _COLUMNS)
    return lines + [line for within in step.within for line in _wrapped(within, _COLUMNS)]


def _end_words(end: EndRow) -> list[str]:
    lines = [line for held in end.holds for line in _wrapped(held, _END_COLUMNS)]
    return lines or ["nothing has changed hands"]


def _height(lines: Sequence[str]) -> int:
    return _HEAD + _LINE * len(lines) + _PAD


def _step(step: StepRow, at: Point, size: Size, lines: Sequence[str]) -> str:
    kind = step.kind or step.form
    chip = 7 * len(kind) + 16
    text = "".join(_text(at.x + 14, at.y + _HEAD + 14 + n * _LINE, line, "what") for n, line in enumerate(lines))
    return (
        f'<g class="step {step.form}"><rect x="{at.x}" y="{at.y}" width="{size.width}" height="{size.height}"'
        f' rx="{_ROUND}" class="box"/>{_text(at.x + 14, at.y + 27, _cut(step.name, 24), "name")}'
        f'<rect x="{at.x + size.width - chip - 10}" y="{at.y + 11}" width="{chip}" height="22" rx="11" class="chip"/>'
        f"{_text(at.x + size.width - chip // 2 - 10, at.y + 26, kind, 'kind')}{text}</g>"
    )


def _end(end: EndRow, at: Point, size: Size, lines: Sequence[str]) -> str:
    form = "good" if end.satisfied else "other"
    middle = at.x + size.width // 2
    text = "".join(_text(middle, at.y + _HEAD + 12 + n * _LINE, line, "held") for n, line in enumerate(lines))
    return (
        f'<g class="end {form}"><rect x="{at.x}" y="{at.y}" width="{size.width}" height="{size.height}" rx="22"'
        f' class="box"/>{_text(middle, at.y + 28, _cut(f"end: {end.name}", 28), "title")}{text}</g>'
    )


def _arrow(n: int, found: Layout, label: str) -> str:
    path = _square(found.arrows[n]) if n in found.back else _curved(found.arrows[n])
    return f'<path d="{path}" class="way {_mood(label)}" marker-end="url(#tip)"/>'


def _curved(points: Sequence[Point]) -> str:
    path = f"M{points[0].x} {points[0].y}"
    for a, b in pairwise(points):
        bend = (b.y - a.y) // 2
        path += f"C{a.x} {a.y + bend} {b.x} {b.y - bend} {b.x} {b.y}"
    return path


def _square(points: Sequence[Point]) -> str:
    """Return a path with rounded corners through points that lie below, above or beside each other."""
    path = f"M{points[0].x} {points[0].y}"
    for a, b, c in zip(points, points[1:], points[2:], strict=False):
        before, after = _towards(b, a), _towards(b, c)
        path += f"L{before.x} {before.y}Q{b.x} {b.y} {after.x} {after.y}"
    return f"{path}L{points[-1].x} {points[-1].y}"


def _towards(corner: Point, other: Point) -> Point:
    """Return the point where the rounding of a corner begins, on the way to another."""
    x, y = other.x - corner.x, other.y - corner.y
    return Point(corner.x + max(-_BEND, min(_BEND, x)), corner.y + max(-_BEND, min(_BEND, y)))


def _label(n: int, found: Layout, label: str) -> str:
    b, c = found.arrows[n][1:3]
    if n in found.back:
        return _text(b.x + 8, b.y - 7, _cut(label, 24), f"way-name back {_mood(label)}")
    x, y = b.x + (c.x - b.x) // 7, b.y + 25
    return _text(x, y, _cut(label, 24), f"way-name {_mood(label)}")


def _mood(label: str) -> str:
    """Return the class of an outcome: the ordinary way on, or one that nobody hopes for."""
    return "trouble" if label in ("aborted", "late", "unsatisfied") or label.startswith("after ") else "smooth"


def _text(x: int, y: int, words: str, form: str) -> str:
    return f'<text x="{x}" y="{y}" class="{form}">{clean(words)}</text>'


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def _wrapped(words: str, columns: int) -> list[str]:
    """Return words in lines of at most so many columns; a word that is longer is cut into several."""
    lines = [""]
    for word in words.split(" "):
        pieces = [word[n : n + columns] for n in range(0, len(word), columns)] or [""]
        for piece in pieces:
            if lines[-1] and len(lines[-1]) + 1 + len(piece) > columns:
                lines.append(piece)
            else:
                lines[-1] = f"{lines[-1]} {piece}" if lines[-1] else piece
    return lines
