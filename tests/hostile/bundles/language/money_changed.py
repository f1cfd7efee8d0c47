# attack: write a field of money, of the item handed in, and of a request
# must: HARMLESS attributes can be set on objects of your own classes only, 4 times
from semper_host.api_v1 import Keep, Money

def describe(item):
    amount = Money(1, "EUR")
    shown = []
    for each in (amount, item, Keep("a", b"b"), Money):
        try:
            each.minor = 5
        except TypeError as error:
            shown.append(str(error))
    return [f"{shown[0]}, {shown.count(shown[0])} times"]
