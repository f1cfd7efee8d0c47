# attack: resize a byte array while it is being joined
# must: BUNDLE_FAILED BufferError
def describe(item):
    growing = bytearray(b"abc")

    def parts():
        for _ in range(5):
            growing.append(65)
            yield growing

    return [growing.join(parts()).hex()]
