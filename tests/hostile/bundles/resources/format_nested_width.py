# attack: a computed width
# must: DIALECT_REFUSED format-width
def describe(item):
    n = 10**9
    return [f"{1:{n}d}"]
