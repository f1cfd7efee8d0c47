# attack: a type alias, whose value is evaluated later, in a scope of its own
# must: DIALECT_REFUSED syntax
# from Python 3.12 must: DIALECT_REFUSED type-parameter
# because: older Pythons cannot read it
type Leak = describe.missing


def describe(item):
    return [str(Leak)]
