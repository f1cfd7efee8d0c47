# attack: a power that the compiler would compute
# must: BUNDLE_FAILED the power is too large
x = 9 ** 9 ** 9


def describe(item):
    return []
