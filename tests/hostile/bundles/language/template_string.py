# attack: template strings carry their values and source
# must: DIALECT_REFUSED syntax
# from Python 3.14 must: DIALECT_REFUSED newer-syntax
# because: older Pythons cannot read it
def describe(item):
    return [t"{item}"]
