# attack: a metaclass of one's own
# must: DIALECT_REFUSED class-keyword
class Meta:
    pass


class Evil(metaclass=Meta):
    pass


def describe(item):
    return []
