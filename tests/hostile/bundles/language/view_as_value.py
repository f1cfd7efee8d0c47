# attack: a bound method that gives a view, passed as a value
# must: DIALECT_REFUSED view
def describe(item):
    view = {"a": 1}.items
    return [view() - view()]
