# attack: a type alias, whose value is evaluated later, in a scope of its own
# must: DIALECT_REFUSED
type Leak = describe.missing


def describe(item):
    return [str(Leak)]
