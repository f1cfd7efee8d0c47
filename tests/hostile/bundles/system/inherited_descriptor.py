# attack: write to the channel beside the frames
# must: DIALECT_REFUSED import
import posix as os


def describe(item):
    os.write(3, bytes(4))
    return []
