# attack: Exception is a superclass of MemoryError
# must: DIALECT_REFUSED unknown-name
def describe(item):
    try:
        return [bytes(1 << 40)]
    except Exception:
        return []
