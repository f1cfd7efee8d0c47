# attack: a special method that the interpreter calls
# must: DIALECT_REFUSED special-method
class Evil:
    def __class_getitem__(self, key):
        return key


def describe(item):
    return []
