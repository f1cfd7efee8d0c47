# attack: except* hides exception groups from the checks
# must: DIALECT_REFUSED statement
def describe(item):
    try:
        return []
    except* ValueError:
        return []
