# attack: an underscore name of the interface's module
# must: DIALECT_REFUSED import
from semper_host.api_v1 import _sha256


def describe(item):
    return [_sha256]
