# attack: a module that the interface itself imports
# must: DIALECT_REFUSED import
from semper_host.api_v1 import calls


def describe(item):
    return [calls.msgspec]
