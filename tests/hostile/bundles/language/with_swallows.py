# attack: a context manager swallows the end of memory
# must: DIALECT_REFUSED with
def describe(item):
    with item:
        return [bytes(1 << 40)]
