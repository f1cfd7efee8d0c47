# attack: an AttributeError that carries an object in, by keyword, for the interpreter to suggest names of
# must: HARMLESS told | secret
class Thing:
    pass

def describe(item):
    try:
        raise AttributeError("told", name="secret", obj=Thing())
    except AttributeError as error:
        return [str(error), error.name]
