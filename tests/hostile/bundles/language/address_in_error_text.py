# attack: the text of a trusted error holds the repr, and so the address, of an object
# must: HARMLESS not in list
def describe(item):
    try:
        [].index(describe)
    except ValueError as error:
        return [str(error)]
