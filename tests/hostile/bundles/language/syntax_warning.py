# attack: a warning of the compiler would read source and write to standard error
# must: HARMLESS \d | False
def describe(item):
    return ["\d", f"{item is 5}"]
