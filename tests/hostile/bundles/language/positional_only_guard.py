# attack: a positional-only parameter shadows a guard
# must: DIALECT_REFUSED underscore-name
def describe(_write_, /):
    return []
