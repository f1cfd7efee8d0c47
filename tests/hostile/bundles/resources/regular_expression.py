# attack: a regular expression that backtracks for ever
# must: DIALECT_REFUSED import
import re


def describe(item):
    return [re.match("(a+)+$", "a" * 40 + "b")]
