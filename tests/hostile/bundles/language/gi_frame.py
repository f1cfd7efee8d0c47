# attack: a generator's frame leads to the worker's globals
# must: DIALECT_REFUSED attribute
def endless():
    yield 1


def describe(item):
    return [endless().gi_frame.f_back.f_globals]
