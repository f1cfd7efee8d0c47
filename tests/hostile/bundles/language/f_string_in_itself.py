# attack: an f-string within itself, which older Pythons read otherwise
# must: DIALECT_REFUSED syntax
# from Python 3.12 must: DIALECT_REFUSED newer-syntax
# because: older Pythons cannot read it
def describe(item):
    return [f"{f"{item.title}"}"]
