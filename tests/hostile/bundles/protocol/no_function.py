# attack: an entry point that is no function
# must: BUNDLE_PROTOCOL no function
describe = 5
