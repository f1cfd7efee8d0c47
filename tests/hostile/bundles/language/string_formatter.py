# attack: string.Formatter formats without the attribute name
# must: DIALECT_REFUSED import
import string


def describe(item):
    return [string.Formatter().vformat("{0.__class__}", (item,), {})]
