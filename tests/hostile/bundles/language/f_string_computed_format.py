# attack: a format that is computed within the f-string
# must: DIALECT_REFUSED format-width
def describe(item):
    return [f"{item.title:{describe.__name__}}"]
