# attack: an exception group, which carries errors that cannot be caught
# must: DIALECT_REFUSED ExceptionGroup
def describe(item):
    try:
        raise ExceptionGroup("both", [ValueError(1)])
    except ValueError as error:
        return [str(error.exceptions)]
