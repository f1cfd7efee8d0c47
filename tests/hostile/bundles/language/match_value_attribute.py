# attack: a pattern that reads an attribute of the interpreter's
# must: DIALECT_REFUSED underscore-attribute
def describe(item):
    match item:
        case item.__class__:
            return ["got it"]
    return ["no"]
