# attack: type parameters run in a scope of their own
# must: DIALECT_REFUSED
def describe[T](item: T):
    return []
