"""Where the boxes and arrows of a flow go: layers from the start downwards, few crossings, in whole pixels.

After Sugiyama, Tagawa and Toda (1981): break cycles, layer by longest path, give long arrows a place in each layer
they pass, order layers by the middle of their neighbours, then pull each box towards them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

GAP_X, GAP_Y, MARGIN, LANE = 36, 64, 24, 26
"""Pixels between boxes of a layer, between layers, around everything, and between arrows that go back."""
_SWEEPS = 8
_PASSING, _CORNER, _TURN = 12, 34, 16

Key = tuple[int, int]
"""A place in the graph: (number of the box, -1) or, for an arrow passing a layer, (number of the arrow, layer)."""


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


class Arrow(NamedTuple):
    """From one box to another, by their numbers."""

    source: int
    target: int


class Point(NamedTuple):
    """Pixels from the upper left corner."""

    x: int
    y: int


class Layout(NamedTuple):
    """The upper left corner of each box, the points of each arrow, which arrows go back, and the size of it all."""

    boxes: tuple[Point, ...]
    arrows: tuple[tuple[Point, ...], ...]
    back: frozenset[int]
    size: Size


def layout(sizes: Sequence[Size], arrows: Sequence[Arrow]) -> Layout:
    """Lay out boxes of these sizes, the first one on top. Every box is reached from it; cycles are allowed."""
    back = _back(len(sizes), arrows)
    forward = [(n, arrow) for n, arrow in enumerate(arrows) if n not in back]
    rank = _ranks(len(sizes), [arrow for _, arrow in forward])
    layers, links = _layers(rank, forward)
    widths = {key: sizes[key[0]].width if key[1] < 0 else _PASSING for layer in layers for key in layer}
    _order(layers, links)
    centre = _centres(layers, links, widths)
    tops, feet = _tops(layers, sizes)
    boxes = tuple(Point(centre[n, -1] - sizes[n].width // 2, tops[rank[n]]) for n in range(len(sizes)))
    right = max(point.x + size.width for point, size in zip(boxes, sizes, strict=True))
    right = max([right, *(centre[key] for key in centre)])
    ends = _Ends(sizes, boxes, arrows, back)
    lines: list[tuple[Point, ...]] = []
    lane = right
    for n, arrow in enumerate(arrows):
        if n in back:
            lane += LANE
            lines.append(ends.around(n, lane, feet[rank[arrow.source]], tops[rank[arrow.target]]))
            continue
        leaving, passed = ends.leaving(n), range(rank[arrow.source] + 1, rank[arrow.target])
        through = [Point(centre[n, layer], y) for layer in passed for y in (tops[layer], feet[layer])]
        lines.append((leaving, Point(leaving.x, feet[rank[arrow.source]]), *through, ends.entering(n)))
    lowest = max([feet[-1], *(point.y for line in lines for point in line)])
    return Layout(boxes, tuple(lines), frozenset(back), Size(lane + MARGIN, lowest + MARGIN))


def _back(count: int, arrows: Sequence[Arrow]) -> set[int]:
    """Return the arrows that close a cycle, by depth-first search from the first box."""
    out: dict[int, list[tuple[int, int]]] = {n: [] for n in range(count)}
    for n, arrow in enumerate(arrows):
        out[arrow.source].append((n, arrow.target))
    state, back = [0] * count, set()
    stack = [(0, iter(out[0]))]
    state[0] = 1
    while stack:
        box, rest = stack[-1]
        for n, target in rest:
            if state[target] == 1:
                back.add(n)
            elif state[target] == 0:
                state[target] = 1
                stack.append((target, iter(out[target])))
                break
        else:
            state[box] = 2
            stack.pop()
    return back


def _ranks(count: int, arrows: Sequence[Arrow]) -> list[int]:
    rank = [0] * count
    for _ in range(count):
        for source, target in arrows:
            rank[target] = max(rank[target], rank[source] + 1)
    return rank


def _layers(
    rank: Sequence[int], forward: Sequence[tuple[int, Arrow]]
) -> tuple[list[list[Key]], dict[Key, tuple[list[Key], list[Key]]]]:
    """Return the places layer by layer, and each place's neighbours above and below."""
    layers: list[list[Key]] = [[] for _ in range(max(rank) + 1)]
    for box, layer in enumerate(rank):
        layers[layer].append((box, -1))
    links: dict[Key, tuple[list[Key], list[Key]]] = {key: ([], []) for layer in layers for key in layer}
    for n, arrow in forward:
        passed: list[Key] = [(n, layer) for layer in range(rank[arrow.source] + 1, rank[arrow.target])]
        for key in passed:
            layers[key[1]].append(key)
            links[key] = ([], [])
        chain: list[Key] = [(arrow.source, -1), *passed, (arrow.target, -1)]
        for above, below in pairwise(chain):
            links[above][1].append(below)
            links[below][0].append(above)
    return layers, links


def _order(layers: list[list[Key]], links: Mapping[Key, tuple[list[Key], list[Key]]]) -> None:
    """Order each layer by the middle of its neighbours, down and up in turn."""
    for sweep in range(_SWEEPS):
        downwards = sweep % 2 == 0
        for layer in layers if downwards else reversed(layers):
            place = {key: n * 1000 for each in layers for n, key in enumerate(each)}
            wish = {
                key: _middle([place[near] for near in links[key][0 if downwards else 1]], place[key]) for key in layer
            }
            layer.sort(key=lambda key: wish[key])


def _centres(
    layers: Sequence[Sequence[Key]], links: Mapping[Key, tuple[list[Key], list[Key]]], widths: Mapping[Key, int]
) -> dict[Key, int]:
    """Return the middle of each place: near the middle of its neighbours, in order, not overlapping, from MARGIN on."""
    centre: dict[Key, int] = {}
    for layer in layers:
        _pack(layer, [0] * len(layer), widths, centre)
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else list(reversed(layers)):
            wish = [_middle([centre[near] for side in links[key] for near in side], centre[key]) for key in layer]
            _pack(layer, wish, widths, centre)
    left = min(centre[key] - widths[key] // 2 for key in centre)
    return {key: x - left + MARGIN for key, x in centre.items()}


def _pack(layer: Sequence[Key], wish: Sequence[int], widths: Mapping[Key, int], centre: dict[Key, int]) -> None:
    """Put a layer's places where they wish to be, as far as their order and widths allow, balanced around the wish."""
    at: list[int] = []
    for n, key in enumerate(layer):
        least = at[-1] + (widths[layer[n - 1]] + widths[key]) // 2 + GAP_X if at else wish[n]
        at.append(max(least, wish[n]))
    shift = sum(w - x for w, x in zip(wish, at, strict=True)) // max(len(at), 1)
    centre.update({key: x + shift for key, x in zip(layer, at, strict=True)})


def _tops(layers: Sequence[Sequence[Key]], sizes: Sequence[Size]) -> tuple[list[int], list[int]]:
    """Return where each layer begins and ends. Arrows run straight through a layer and bend between two only."""
    tops, feet, y = [], [], MARGIN
    for layer in layers:
        tops.append(y)
        y += max([sizes[box].height for box, passing in layer if passing < 0] or [0])
        feet.append(y)
        y += GAP_Y
    return tops, feet


def _middle(values: Sequence[int], otherwise: int) -> int:
    return sum(values) // len(values) if values else otherwise


class _Ends:
    """Where arrows leave and enter their boxes: spread over the edge, in the order of the boxes that they go to."""

    def __init__(self, sizes: Sequence[Size], boxes: Sequence[Point], arrows: Sequence[Arrow], back: set[int]) -> None:
        self._sizes, self._boxes, self._arrows = sizes, boxes, arrows
        self._forward = [n for n in range(len(arrows)) if n not in back]

    def leaving(self, n: int) -> Point:
        """Where arrow `n` leaves its box, below."""
        box = self._arrows[n].source
        beside = [m for m in self._forward if self._arrows[m].source == box]
        beside.sort(key=lambda m: self._middle_of(self._arrows[m].target))
        return Point(self._spread(box, beside.index(n), len(beside)), self._boxes[box].y + self._sizes[box].height)

    def entering(self, n: int) -> Point:
        """Where arrow `n` enters its box, above."""
        box = self._arrows[n].target
        beside = [m for m in self._forward if self._arrows[m].target == box]
        beside.sort(key=lambda m: self._middle_of(self._arrows[m].source))
        return Point(self._spread(box, beside.index(n), len(beside)), self._boxes[box].y)

    def around(self, n: int, lane: int, foot: int, top: int) -> tuple[Point, ...]:
        """The points of an arrow that goes back: down between layers, right, up along `lane`, left, and in above."""
        source, target = self._arrows[n]
        x1, x2 = (self._boxes[box].x + self._sizes[box].width - _CORNER for box in (source, target))
        low, high = foot + GAP_Y - _TURN, top - _TURN
        begin = Point(x1, self._boxes[source].y + self._sizes[source].height)
        return (begin, Point(x1, low), Point(lane, low), Point(lane, high), Point(x2, high), Point(x2, top))

    def _middle_of(self, box: int) -> int:
        return self._boxes[box].x + self._sizes[box].width // 2

    def _spread(self, box: int, place: int, count: int) -> int:
        step = min(120, self._sizes[box].width // (count + 1))
        return self._middle_of(box) + (2 * place - count + 1) * step // 2
