# attack: raise the process's own limits
# must: SIGSYS
import resource


def attack(channel):
    return resource.setrlimit(resource.RLIMIT_CPU, (1000, 1000))
