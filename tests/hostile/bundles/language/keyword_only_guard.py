# attack: a keyword-only parameter shadows a guard
# must: DIALECT_REFUSED underscore-name
def describe(item, *, _text_=None):
    return []
