# attack: except without brackets, which names the end of memory second
# must: DIALECT_REFUSED
def describe(item):
    try:
        return ["a" * 10**12]
    except ValueError, MemoryError:
        return ["went on"]
