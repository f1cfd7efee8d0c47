# attack: type parameters run in a scope of their own
# must: DIALECT_REFUSED syntax
# from Python 3.12 must: DIALECT_REFUSED type-parameter
# because: older Pythons cannot read it
def describe[T](item: T):
    return []
