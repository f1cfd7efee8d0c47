# attack: a type parameter whose default runs later
# must: DIALECT_REFUSED
def describe[T = len("x")](item: T):
    return []
