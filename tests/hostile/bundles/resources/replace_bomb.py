# attack: replacing text by more text
# must: BUNDLE_KILLED MemoryError
def describe(item):
    text = "aaaaaaaaaa"
    for _ in range(20):
        text = text.replace("a", text)
    return [text]
