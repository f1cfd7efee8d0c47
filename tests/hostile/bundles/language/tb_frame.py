# attack: a traceback's frame
# must: DIALECT_REFUSED attribute
def describe(item):
    try:
        raise ValueError("x")
    except ValueError as error:
        return [error.with_traceback(None).tb_frame]
