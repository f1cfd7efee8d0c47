# attack: the text of an error about a format
# must: HARMLESS
def describe(item):
    try:
        return [f"{item.title:>3d}"]
    except ValueError as error:
        return [str(error)]
