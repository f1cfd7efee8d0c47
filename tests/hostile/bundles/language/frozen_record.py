# attack: changing a frozen record
# must: BUNDLE_FAILED attributes can be set
@record
class Point:
    x: int


def describe(item):
    point = Point(1)
    point.x = 2
    return []
