# attack: read one's own environment from /proc, through the module that a function of the interface lives in
# must: DIALECT_REFUSED underscore-attribute
from semper_host.api_v1 import digest


def describe(item):
    opener = digest.__globals__["__builtins__"]["open"]
    return [opener("/proc/self/environ").read()]
