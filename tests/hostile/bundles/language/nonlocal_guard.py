# attack: a nonlocal declaration names a guard
# must: DIALECT_REFUSED underscore-name
def describe(item):
    def inner():
        nonlocal _write_
    return [inner()]
