# attack: a small graph that becomes exponentially large when written
# must: BUNDLE_KILLED SIGSEGV
def describe(item):
    graph = ["x" * 100]
    for _ in range(40):
        graph = [graph, graph]
    return graph
