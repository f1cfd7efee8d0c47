# attack: yield a request within a list
# must: BUNDLE_PROTOCOL it yielded a list, which is no request
from semper_host.api_v1 import Now

def describe(item):
    got = yield [Now()]
    return [str(got)]
