# attack: catching the end of memory
# must: DIALECT_REFUSED unknown-name
def describe(item):
    try:
        return [bytes(1 << 40)]
    except (ValueError, MemoryError, RecursionError, SystemError):
        return []
