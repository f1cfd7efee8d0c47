# attack: become another program
# must: DIALECT_REFUSED underscore-name
def describe(item):
    __import__("os").execv("/bin/sh", ["sh"])
    return []
