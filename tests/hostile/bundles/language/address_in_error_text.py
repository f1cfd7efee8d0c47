# attack: the text of a trusted error holds the repr, and so the address, of an object
# must: HARMLESS <bundle.Thing object at 0x?> got multiple values for keyword argument 'a'
class Thing:
    pass


def describe(item):
    try:
        Thing()(**{"a": 1}, **{"a": 2})
    except TypeError as error:
        return [str(error)]
