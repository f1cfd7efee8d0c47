# attack: an f-string within itself, which older Pythons read otherwise
# must: DIALECT_REFUSED
def describe(item):
    return [f"{f"{item.title}"}"]
