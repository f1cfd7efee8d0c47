# attack: a type parameter whose default runs later
# must: DIALECT_REFUSED syntax
# from Python 3.13 must: DIALECT_REFUSED type-parameter
# because: older Pythons cannot read it
def describe[T = len("x")](item: T):
    return []
