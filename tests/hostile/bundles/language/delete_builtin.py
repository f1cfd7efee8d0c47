# attack: take a builtin away from the guards
# must: DIALECT_REFUSED reserved-name
def describe(item):
    global str
    del str
    return ["gone"]
