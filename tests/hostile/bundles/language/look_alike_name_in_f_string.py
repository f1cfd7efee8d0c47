# attack: a look-alike name within an f-string, which older Pythons read as one piece
# must: DIALECT_REFUSED look-alike-name
def describe(item):
    return [f"{ｉtem.title}"]
