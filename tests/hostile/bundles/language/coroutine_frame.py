# attack: a coroutine's frame
# must: DIALECT_REFUSED async
async def later():
    return 1


def describe(item):
    return [later().cr_frame]
