# attack: a record of one's own with the name and fields of a request
# must: BUNDLE_PROTOCOL which is no request
@record
class Pay:
    amount: int
    payee: str


def describe(item):
    yield Pay(1, "me")
    return ["paid"]
