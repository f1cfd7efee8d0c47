# attack: a return in finally swallows the end of memory
# must: DIALECT_REFUSED finally
def describe(item):
    try:
        return [bytes(1 << 40)]
    finally:
        return []
