# attack: keep data under a name that would clear a terminal, were it shown
# must: HARMLESS kept
from semper_host.api_v1 import Keep


def describe(item):
    yield Keep("\x1b[2J\u202e", b"")
    return ["kept"]
