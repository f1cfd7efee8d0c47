# attack: importing everything
# must: DIALECT_REFUSED import
from semper_host.api_v1 import *


def describe(item):
    return []
