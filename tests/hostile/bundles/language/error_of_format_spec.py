# attack: the text of an error about a format
# must: HARMLESS Unknown format code 'd' for object of type 'str'
def describe(item):
    try:
        return [f"{item.title:>3d}"]
    except ValueError as error:
        return [str(error)]
