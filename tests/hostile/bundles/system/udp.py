# attack: send a UDP datagram
# must: DIALECT_REFUSED import
from socket import AF_INET, SOCK_DGRAM, socket


def describe(item):
    made = socket(AF_INET, SOCK_DGRAM)
    made.sendto(b"x", ("127.0.0.1", 53))
    return ["sent"]
