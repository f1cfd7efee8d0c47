# attack: a decorator that reads what the function is made of
# must: DIALECT_REFUSED underscore-attribute
def describe(item):
    @(lambda function: function.__code__)
    def inner():
        return 1
    return [str(inner)]
