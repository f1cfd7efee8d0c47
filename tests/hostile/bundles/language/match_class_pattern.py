# attack: a class pattern reads an attribute whose name the pattern gives
# must: DIALECT_REFUSED match-class
def describe(item):
    match item:
        case int(__class__=kind):
            return [kind]
    return []
