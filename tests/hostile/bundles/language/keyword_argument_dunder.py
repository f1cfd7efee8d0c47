# attack: a special name as keyword argument
# must: DIALECT_REFUSED keyword-name
def describe(item):
    return [dict(__class__=1)]
