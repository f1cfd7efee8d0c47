# attack: open a netlink socket by the module under `socket`
# must: DIALECT_REFUSED import
import _socket as raw


def describe(item):
    return [str(raw.socket(16, 3, 0).fileno())]
