# attack: floats differ between machines
# must: DIALECT_REFUSED float
def describe(item):
    return [f"{sum([0.1] * 10)}"]
