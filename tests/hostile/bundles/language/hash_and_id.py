# attack: hash and id show addresses
# must: DIALECT_REFUSED unknown-name
def describe(item):
    return [f"{hash(describe)} {id(describe)}"]
