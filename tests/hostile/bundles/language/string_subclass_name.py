# attack: a subclass of str that lies about its beginning
# must: BUNDLE_FAILED TypeError
class Name(str):
    def startswith(self, prefix):
        return False


def describe(item):
    return [Name("__class__")]
