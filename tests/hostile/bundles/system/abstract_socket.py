# attack: connect to an abstract Unix socket, imported where the function runs
# must: DIALECT_REFUSED import
def describe(item):
    import socket
    
    socket.socket(1).connect("\0name")
    return ["connected"]
