# attack: a float, and a complex number, written as patterns
# must: DIALECT_REFUSED float
def describe(item):
    match 1:
        case 1.0:
            return ["float"]
        case 1 + 0j:
            return ["complex"]
    return ["no"]
