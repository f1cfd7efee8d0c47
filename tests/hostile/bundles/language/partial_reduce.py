# attack: functools.reduce over getattr
# must: DIALECT_REFUSED import
from functools import partial, reduce


def describe(item):
    return [reduce(getattr, ["__class__"], item), partial]
