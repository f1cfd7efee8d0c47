# attack: a request whose amount is no number
# must: BUNDLE_FAILED unsupported
from semper_host.api_v1 import Keep


class Any:
    pass


def describe(item):
    yield Keep("name", Any())
    return ["kept"]
