# attack: AttributeError.obj hands out an object of a trusted frame
# must: DIALECT_REFUSED attribute
def describe(item):
    try:
        item.missing
    except AttributeError as error:
        return [error.obj]
