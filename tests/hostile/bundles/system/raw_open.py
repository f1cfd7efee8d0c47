# attack: open a file by the builtin
# must: DIALECT_REFUSED unknown-name
def describe(item):
    return [open("/etc/passwd").read()]
