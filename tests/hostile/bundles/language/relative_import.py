# attack: a relative import
# must: DIALECT_REFUSED import
from . import calls


def describe(item):
    return [calls]
