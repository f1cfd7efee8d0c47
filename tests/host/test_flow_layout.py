"""Where the boxes of a flow go: never over each other, never off the picture, and arrows stay clear of boxes."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from semper_host.host.flow_layout import Arrow, Layout, Point, Size, layout


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Size], list[Arrow]]:
    """Graphs in which every box is reached from the first, with cycles."""
    count = draw(st.integers(1, 14))
    sizes = [Size(draw(st.integers(60, 320)), draw(st.integers(40, 200))) for _ in range(count)]
    arrows = [Arrow(draw(st.integers(0, n - 1)), n) for n in range(1, count)]
    more = draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=12))
    return sizes, arrows + [Arrow(source, target) for source, target in more]


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_boxes_never_overlap_and_all_lie_in_the_picture(graph: tuple[list[Size], list[Arrow]]) -> None:
    sizes, arrows = graph
    found = layout(sizes, arrows)
    boxes = list(zip(found.boxes, sizes, strict=True))
    for (a, one), (b, other) in combinations(boxes, 2):
        beside = a.x + one.width <= b.x or b.x + other.width <= a.x
        above = a.y + one.height <= b.y or b.y + other.height <= a.y
        assert beside or above
    for point, size in boxes:
        assert point.x >= 0 and point.y >= 0
        assert point.x + size.width <= found.size.width and point.y + size.height <= found.size.height
    assert all(0 <= x <= found.size.width and 0 <= y <= found.size.height for line in found.arrows for x, y in line)


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_no_arrow_runs_through_a_box(graph: tuple[list[Size], list[Arrow]]) -> None:
    sizes, arrows = graph
    found = layout(sizes, arrows)
    for n, line in enumerate(found.arrows):
        straight = [pair for pair in pairwise(line) if n in found.back or pair[0].x == pair[1].x]
        assert not [pair for pair in straight if runs_through(pair, found, sizes)]


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_the_same_flow_is_always_drawn_the_same(graph: tuple[list[Size], list[Arrow]]) -> None:
    assert layout(*graph) == layout(*graph)


def runs_through(pair: tuple[Point, Point], found: Layout, sizes: list[Size]) -> bool:
    """Say whether a straight piece runs through the inside of any box."""
    (x1, y1), (x2, y2) = pair
    left, right, top, bottom = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
    return any(
        left < at.x + size.width and right > at.x and top < at.y + size.height and bottom > at.y
        for at, size in zip(found.boxes, sizes, strict=True)
    )
