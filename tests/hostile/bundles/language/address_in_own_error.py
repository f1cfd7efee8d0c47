# attack: the text of a trusted error, with an address in it, goes on as the text of an error of one's own
# must: BUNDLE_FAILED at 0x?
class Thing:
    pass


class Mine(ValueError):
    pass


def describe(item):
    try:
        Thing()(**{"a": 1}, **{"a": 2})
    except TypeError as error:
        raise Mine(str(error), 5)
