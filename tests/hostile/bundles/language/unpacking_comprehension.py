# attack: unpacking in a comprehension, past whoever looks at iteration
# must: DIALECT_REFUSED syntax
# from Python 3.15 must: DIALECT_REFUSED newer-syntax
# because: older Pythons cannot read it
def describe(item):
    return [*part for part in [["a"], ["b"]]]
