# attack: bidirectional control characters make the source read differently
# must: DIALECT_REFUSED source-text
def describe(item):
    access = "user‮ ⁦# only for admins⁩ ⁦"
    return [access]
