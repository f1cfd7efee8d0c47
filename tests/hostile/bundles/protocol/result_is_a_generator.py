# attack: a generator that returns a generator: who drives the second?
# must: BUNDLE_FAILED Encoding objects of type generator is unsupported
from semper_host.api_v1 import Now

def inner():
    yield Now()
    return ["inner"]

def describe(item):
    yield Now()
    return inner()
