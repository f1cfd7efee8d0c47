# attack: a cookie, coding: utf-7, by which bytes would read as other text than what was checked
# must: HARMLESS +AF8-
x = "+AF8-"
def describe(item):
    return [x]
