# attack: except without brackets, which names the end of memory second
# must: DIALECT_REFUSED syntax
# from Python 3.14 must: DIALECT_REFUSED newer-syntax
# because: older Pythons cannot read it
def describe(item):
    try:
        return ["a" * 10**12]
    except ValueError, MemoryError:
        return ["went on"]
