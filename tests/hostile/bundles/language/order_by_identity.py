# attack: bring objects into the order of their addresses
# must: HARMLESS '<' not supported between instances of 'Thing' and 'Thing'
class Thing:
    pass

def describe(item):
    things = [Thing() for _ in range(50)]
    try:
        return [str(len(sorted(things)))]
    except TypeError as error:
        return [str(error)]
