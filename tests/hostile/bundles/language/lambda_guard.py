# attack: a lambda's parameter shadows a guard
# must: DIALECT_REFUSED underscore-name
def describe(item):
    return [(lambda _text_: f"{_text_}")(1)]
