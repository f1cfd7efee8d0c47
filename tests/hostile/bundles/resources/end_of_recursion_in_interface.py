# attack: have the interface swallow the end of recursion, to learn how deep the stack is
# must: BUNDLE_KILLED RecursionError
from semper_host.api_v1 import Money, decode, encode, opened, pack, unpack

MONEY = encode(Money(1, "EUR"))
SHAPES = {"m": {"x": list}}


def use():
    return [
        opened(Money, MONEY) == Money(1, "EUR"),
        decode(pack({"x": 1})) == {"x": 1},
        unpack(encode({"t": "m", "x": [[1]]}), "t", SHAPES) == {"t": "m", "x": [[1]]},
    ]


def down(depth):
    return down(depth - 1) if depth else use()


def describe(item):
    for depth in range(900, 100_000):
        if not all(down(depth)):
            return [f"the room for recursion is {depth}"]
    return ["endless"]
