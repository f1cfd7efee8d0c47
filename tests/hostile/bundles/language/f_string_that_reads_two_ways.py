# attack: one text that is two f-strings to some Pythons and one to others
# must: DIALECT_REFUSED
def describe(item):
    return [f"{""}"]
