# attack: a bare except swallows the end
# must: DIALECT_REFUSED bare-except
def describe(item):
    while True:
        try:
            return [1 // 0]
        except:
            pass
