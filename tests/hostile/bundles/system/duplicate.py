# attack: a second descriptor for the channel
# must: DIALECT_REFUSED underscore-attribute
from semper_host.api_v1 import Money


def describe(item):
    system = Money.__init__.__globals__["sys"].modules["os"]
    return [str(system.dup(3))]
