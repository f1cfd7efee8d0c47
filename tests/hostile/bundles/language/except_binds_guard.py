# attack: an except clause binds a guard's name
# must: DIALECT_REFUSED underscore-name
def describe(item):
    try:
        return []
    except ValueError as _text_:
        return []
