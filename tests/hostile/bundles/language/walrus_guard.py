# attack: an assignment expression binds a guard
# must: DIALECT_REFUSED underscore-name
def describe(item):
    return [(_text_ := 1)]
