# attack: hand the interface's own reader of messages types and objects that it should never make
# must: HARMLESS plain data only
from semper_host.api_v1 import encode, unpack


class Own:
    pass


def describe(item):
    message = encode({"t": "m", "x": [1]})
    made = []
    for kind in [Own, Own(), range, map, enumerate, zip, bytearray, tuple, dict, ValueError, [Own], [map], None, 5, "x"]:
        fields = unpack(message, "t", {"m": {"x": kind}})
        if fields is not None and not isinstance(fields["x"], (list, tuple, bytearray)):
            made.append(fields["x"])
    return ["something else"] if made else ["plain data only"]
