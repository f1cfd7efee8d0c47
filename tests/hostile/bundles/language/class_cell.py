# attack: the hidden variable that holds the class around a method
# must: DIALECT_REFUSED __class__
class Thing:
    def kind(self):
        return __class__


def describe(item):
    return [str(Thing().kind())]
