# attack: a dictionary that grows while it is read, and while another is made of it
# must: BUNDLE_FAILED RuntimeError: dictionary
def describe(item):
    table = {number: number for number in range(8)}
    try:
        for each in table:
            table[each + 100] = table.pop(each)
    except ValueError:
        return ["caught"]
    return ["ended"]
