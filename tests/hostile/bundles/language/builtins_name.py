# attack: reaching the builtins by name
# must: DIALECT_REFUSED underscore-name
def describe(item):
    return [__builtins__]
