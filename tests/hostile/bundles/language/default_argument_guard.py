# attack: reach a guard by a default argument, and by a decorator
# must: DIALECT_REFUSED underscore-name
def describe(item, guard=_write_):
    return [str(guard)]
