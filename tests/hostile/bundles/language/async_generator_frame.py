# attack: an asynchronous generator's frame
# must: DIALECT_REFUSED attribute
def describe(item):
    return [item.ag_frame]
