"""A letterbox that strangers flood has room for those to whom its merchant gave a pass, and drains by itself."""

from __future__ import annotations

import pytest

from semper_host.host.consignments import letters as kept
from semper_host.host.consignments.calling import Recipient
from semper_host.host.consignments.passes import CODE_BYTES, MOST_PASSES, Passes
from semper_host.host.consignments.sending import Attributes
from semper_host.model.errors import UsageError
from semper_host.model.security import Receipt
from tests.host.consignments.post import PARTS, SERVING, Post

BOX = SERVING[0]
DAY = 86_400


@pytest.fixture(autouse=True)
def empty(post: Post) -> None:
    letters = post.letters(BOX)
    for number in letters.waiting():
        letters.decline(number)


def handed(post: Post, code: bytes | None = None, seconds: int = 600) -> bool:
    """Whether a letter that shows this pass is kept."""
    sender, box = post.stranger(), post.homes[BOX]
    to = [Recipient(BOX, box.config.url, code)]
    number = sender.begin("Heard", to, PARTS[:1], Attributes(receipt=Receipt.RECEIVED), seconds)
    sender.run(number, give_up=lambda: True)
    assert (number in post.letters(BOX).waiting()) is not ("OVERLOADED" in post.troubles.codes)
    return number in post.letters(BOX).waiting()


def test_a_flood_of_strangers_leaves_the_room_of_each_pass_alone(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_LETTERS", 4)
    monkeypatch.setattr(kept, "MOST_EACH", 2)
    passes = Passes(post.homes[BOX])
    press, source = passes.give("press", post.clock()), passes.give("a source", post.clock())
    assert [handed(post) for _ in range(6)] == [True] * 4 + [False] * 2
    assert not handed(post, bytes(CODE_BYTES)), "a pass that nobody gave counts for nothing"
    assert [handed(post, press) for _ in range(3)] == [True, True, False], "it has room, and no more than its own"
    assert handed(post, source), "one who floods with a pass takes only the room of that pass"
    shown = sorted(each.shown for each in post.letters(BOX).waiting().values())
    assert shown == ["", "", "", "", "a source", "press", "press"]

    passes.withdraw("press")
    assert passes.names() == ["a source"] and not handed(post, press), "it counts no longer"
    passes.withdraw("a source")


def test_bytes_are_bounded_for_each_pass_as_for_strangers(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    passes = Passes(post.homes[BOX])
    press = passes.give("press", post.clock())
    assert handed(post) and handed(post, press)
    sizes = {each.shown: each.size for each in post.letters(BOX).waiting().values()}
    monkeypatch.setattr(kept, "MOST_KEPT", sizes[""] + 9)
    monkeypatch.setattr(kept, "MOST_KEPT_EACH", 2 * sizes["press"] + 99)
    assert [handed(post), handed(post, press), handed(post, press)] == [False, True, False]
    passes.withdraw("press")


def test_what_floods_a_letterbox_does_not_stay_for_a_season(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once half of their room is taken strangers get it for days only, so that it is free again without anybody."""
    monkeypatch.setattr(kept, "MOST_LETTERS", 4)
    passes = Passes(post.homes[BOX])
    press = passes.give("press", post.clock())
    assert [handed(post, seconds=60 * DAY) for _ in range(3)] == [True, True, False]
    assert handed(post, press, seconds=60 * DAY)
    assert [handed(post, seconds=6 * DAY) for _ in range(3)] == [True, True, False]
    post.clock.ahead += 8 * DAY
    assert len([each for each in post.letters(BOX).waiting().values() if not each.shown]) == 2
    passes.withdraw("press")


def test_passes_are_few_and_each_has_a_name_of_its_own(post: Post) -> None:
    passes = Passes(post.homes[BOX])
    assert not post.homes[BOX].archive.kept_names(b"letter-passes")
    for number in range(MOST_PASSES):
        passes.give(str(number), 0)
    for wrong in ("one too many", "7", "", "x" * 41):
        with pytest.raises(UsageError, match="cannot make the pass"):
            passes.give(wrong, 0)
    for name in passes.names():
        passes.withdraw(name)
    with pytest.raises(UsageError, match="there is none such"):
        passes.withdraw("7")
