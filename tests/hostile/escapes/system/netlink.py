# attack: a netlink socket
# must: SIGSYS
import socket


def attack(channel: int) -> object:
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
