# attack: name types in text, which the interface's reader of messages might evaluate
# must: HARMLESS none of them was read
from semper_host.api_v1 import encode, unpack


def describe(item):
    message, read = encode({"t": "m", "x": [1]}), 0
    for kind in ["float", ["float"], list["float"], list["__import__('os')"], dict["str", "int"], list[list["int"]]]:
        if unpack(message, "t", {"m": {"x": kind}}) is not None:
            read += 1
    return [f"{read or 'none'} of them was read"]
