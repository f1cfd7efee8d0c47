# attack: the traceback of a caught error
# must: DIALECT_REFUSED underscore-attribute
def describe(item):
    try:
        raise ValueError("x")
    except ValueError as error:
        return [error.__traceback__]
