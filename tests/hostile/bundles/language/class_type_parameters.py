# attack: a class with a type parameter, whose bound is a hidden function
# must: DIALECT_REFUSED
class Box[T: (int, str)]:
    pass


def describe(item):
    return [str(Box)]
