# attack: the type parameters of a function, which name its module
# must: DIALECT_REFUSED underscore-attribute
def describe(item):
    return [str(describe.__type_params__)]
