# attack: a truth value where a number is wanted
# must: BUNDLE_PROTOCOL its request is malformed (Expected `int`, got `bool`
from semper_host.api_v1 import Random

def describe(item):
    got = yield Random(True)
    return [str(len(got))]
