# attack: the idna codec imports a database
# must: BUNDLE_FAILED LookupError
def describe(item):
    return [b"abc".decode("idna")]
