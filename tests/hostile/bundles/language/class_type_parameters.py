# attack: a class with a type parameter, whose bound is a hidden function
# must: DIALECT_REFUSED syntax
# from Python 3.12 must: DIALECT_REFUSED type-parameter
# because: older Pythons cannot read it
class Box[T: (int, str)]:
    pass


def describe(item):
    return [str(Box)]
