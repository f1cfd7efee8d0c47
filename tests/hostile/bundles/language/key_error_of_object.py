# attack: an error that shows its object's address, by a key that is no text
# must: HARMLESS <>
class Thing:
    pass

def describe(item):
    try:
        {}[Thing()]
    except KeyError as error:
        return [f"<{error}>"]
