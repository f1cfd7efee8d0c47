# attack: a match pattern binds a guard's name
# must: DIALECT_REFUSED underscore-name
def describe(item):
    match item:
        case [*_text_]:
            return []
    return []
