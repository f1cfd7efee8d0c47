# attack: operator.attrgetter reads attributes by text
# must: DIALECT_REFUSED import
from operator import attrgetter


def describe(item):
    return [attrgetter("__class__")(item)]
