"""Under load a call costs its caller a second round trip, and the service nothing."""

from __future__ import annotations

import pytest

from semper_host.model.errors import Unavailable
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.hurdle import LIFETIME, SECONDS, Hurdle
from semper_host.supporting.cryptographic.sealing import SealingKey

PATH = "/semper/v1/hello"
SERVICE = SealingKey.from_seed(b"s" * 32)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.5

    def __call__(self) -> float:
        return self.now


class Desk:
    """A service behind a hurdle, and a wire to it; what it began is what it would have to keep."""

    def __init__(self, most: int = 2) -> None:
        self.clock, self.begun, self.posts = Clock(), list[bytes](), 0
        self.hurdle = Hurdle(bytes(32), most, self.clock)
        self._served = sealed_call.serve(SERVICE, PATH, self.begin, self.hurdle)

    def begin(self, body: bytes) -> bytes:
        self.begun.append(body)
        return b"agreed on " + body

    def post(self, url: str, body: bytes) -> bytes:
        self.posts += 1
        return self._served(body)

    def call(self, body: bytes) -> bytes:
        return sealed_call.call(self, "http://shop" + PATH, SERVICE.public, body, body * 32)


def test_few_calls_are_answered_at_once() -> None:
    desk = Desk()
    assert [desk.call(b"a"), desk.call(b"b")] == [b"agreed on a", b"agreed on b"] and desk.posts == 2


def test_under_load_a_caller_that_comes_again_is_answered_and_one_that_does_not_leaves_nothing() -> None:
    desk = Desk()
    desk.call(b"a")
    desk.call(b"b")
    assert desk.call(b"c") == b"agreed on c" and desk.posts == 4
    assert not desk.hurdle.passes(b"d", None)
    assert desk.begun == [b"a", b"b", b"c"]


def test_the_hurdle_falls_when_the_load_is_over() -> None:
    desk = Desk()
    desk.call(b"a")
    desk.call(b"b")
    desk.clock.now += SECONDS
    desk.call(b"c")
    assert desk.posts == 3


@pytest.mark.parametrize("other", [b"", b"x" * 24, bytes(24), b"x" * 1000])
def test_a_cookie_is_good_for_one_call_and_not_for_ever(other: bytes) -> None:
    desk = Desk(most=1)
    assert desk.hurdle.passes(b"first", None)
    cookie = desk.hurdle.cookie(b"call")
    for call, shown in ((b"another", cookie), (b"call", other), (b"call", cookie[:-1] + bytes((cookie[-1] ^ 1,)))):
        assert not desk.hurdle.passes(call, shown)
    assert not Hurdle(b"k" * 32, 0, desk.clock).passes(b"call", cookie)
    assert desk.hurdle.passes(b"call", cookie)
    strict = Hurdle(bytes(32), 0, desk.clock)
    desk.clock.now += LIFETIME + 1
    assert not strict.passes(b"call", cookie)


def test_a_service_that_only_ever_hands_out_cookies_is_given_up() -> None:
    desk = Desk(most=0)
    desk.hurdle.passes = lambda call, cookie: False  # type: ignore[method-assign]
    with pytest.raises(Unavailable) as error:
        desk.call(b"a")
    assert error.value.code == "OVERLOADED" and error.value.retryable and desk.begun == []
