# attack: connect over TCP
# must: DIALECT_REFUSED import
import socket


def describe(item):
    with socket.create_connection(("127.0.0.1", 80)) as made:
        return [str(made)]
