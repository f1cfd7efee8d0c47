"""The host's end of a worker's channel: whose time is counted, and what ends a wait."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from semper_host.confinement.timed_channel import TimedChannel
from semper_host.model.errors import BundleMisbehaved


class HungUp(Exception):
    """What a channel raises here when the other side is gone."""


LONG = 30
"""Seconds that a call may take which is to come to its end, also where the machine has other work."""


@pytest.fixture
def theirs() -> Iterator[tuple[TimedChannel, socket.socket]]:
    """A channel with a second for the other side, and that side."""
    yield from _channel(1)


@pytest.fixture
def patient() -> Iterator[tuple[TimedChannel, socket.socket]]:
    """A channel with much time for the other side, and that side."""
    yield from _channel(LONG)


def _channel(seconds: int) -> Iterator[tuple[TimedChannel, socket.socket]]:
    ours, other = socket.socketpair()
    with other:
        channel = TimedChannel(ours, seconds, HungUp)
        yield channel, other
        channel.close()


def test_what_is_written_is_read_on_the_other_side(patient: tuple[TimedChannel, socket.socket]) -> None:
    channel, other = patient
    channel.write(b"request")
    assert other.recv(100) == b"request"
    other.sendall(b"answer")
    assert channel.read() == b"answer"


def test_the_other_sides_time_is_counted_and_the_hosts_is_not(patient: tuple[TimedChannel, socket.socket]) -> None:
    channel, other = patient
    answer = threading.Timer(0.3, other.sendall, [b"late"])
    answer.start()
    channel.read()
    left = channel.left
    assert left <= LONG - 0.3
    time.sleep(0.3)
    began = time.monotonic()
    channel.resume()
    other.sendall(b"at once")
    channel.read()
    assert left >= channel.left >= left - (time.monotonic() - began)
    answer.join()


def test_small_pieces_do_not_renew_the_time(theirs: tuple[TimedChannel, socket.socket]) -> None:
    channel, other = theirs
    over = threading.Event()

    def dribble() -> None:
        while not over.wait(0.1):
            other.sendall(b".")

    piecemeal = threading.Thread(target=dribble)
    piecemeal.start()
    with pytest.raises(BundleMisbehaved, match="over 1 seconds"):
        while True:
            channel.read()
    over.set()
    piecemeal.join()


def test_who_does_not_read_uses_up_its_time_and_no_more_is_written(theirs: tuple[TimedChannel, socket.socket]) -> None:
    channel, _ = theirs
    with pytest.raises(BundleMisbehaved, match="over 1 seconds"):
        for _ in range(1000):
            channel.write(bytes(65536))


def test_a_write_that_has_to_wait_is_completed(patient: tuple[TimedChannel, socket.socket]) -> None:
    channel, other = patient
    got = bytearray()

    def slow_reader() -> None:
        time.sleep(0.1)
        while len(got) < 4_000_000:
            got.extend(other.recv(65536))

    reader = threading.Thread(target=slow_reader)
    reader.start()
    sent = bytes(range(250)) * 16_000
    channel.write(sent)
    reader.join()
    assert bytes(got) == sent


def test_a_new_call_has_all_of_the_time(theirs: tuple[TimedChannel, socket.socket]) -> None:
    channel, other = theirs
    with pytest.raises(BundleMisbehaved):
        channel.read()
    channel.restart()
    other.sendall(b"again")
    assert channel.read() == b"again"
    assert channel.left > 0


def test_the_end_of_the_other_side_is_told_by_whoever_knows(theirs: tuple[TimedChannel, socket.socket]) -> None:
    channel, other = theirs
    other.close()
    with pytest.raises(HungUp):
        channel.read()
    with pytest.raises(HungUp):
        channel.write(b"anybody?")
    assert not channel.closed
    channel.close()
    assert channel.closed
