# attack: an import binds a guard's name
# must: DIALECT_REFUSED underscore-name
from semper_host.api_v1 import Money as _text_


def describe(item):
    return [_text_]
