# attack: a computed class in an except clause
# must: DIALECT_REFUSED except-name
def describe(item):
    try:
        return [bytes(1 << 40)]
    except [ValueError][0]:
        return []
