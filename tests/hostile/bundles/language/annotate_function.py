# attack: a function of one's own that makes the annotations, as newer Pythons call it
# must: DIALECT_REFUSED __annotate__
class Thing:
    x: int

    def __annotate__(form):
        return {"x": form}


def describe(item):
    return [str(Thing)]
