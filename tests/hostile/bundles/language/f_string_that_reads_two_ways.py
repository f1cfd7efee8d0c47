# attack: one text that is two f-strings to some Pythons and one to others
# must: DIALECT_REFUSED syntax
# from Python 3.12 must: DIALECT_REFUSED newer-syntax
# because: older Pythons cannot read it
def describe(item):
    return [f"{""}"]
