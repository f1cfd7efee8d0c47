# attack: requests whose fields are objects of the bundle's own
# must: BUNDLE_FAILED Encoding objects of type Name is unsupported
from semper_host.api_v1 import Keep

class Name:
    def __eq__(self, other):
        return True

def describe(item):
    got = yield Keep(Name(), b"x")
    return [str(got)]
