# attack: the sum of floats hangs on their order
# must: DIALECT_REFUSED float
def describe(item):
    return [f"{sum([0.1, 1e100, -1e100])}"]
