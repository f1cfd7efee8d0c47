"""What a process with raw powers attempts; each returns when it got through, and raises or dies when it was stopped."""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.mmap.restype = ctypes.c_long
SECRET = 800
"""The descriptor of an open file that a process inherits: above those that a test process has."""
_RDTSC = bytes.fromhex("0f31c3")  # rdtsc; ret
_EXIT = bytes.fromhex("bf0a000000b83c0000000f05")  # exit(10)
_EXIT_AS_ROOT = bytes.fromhex("b86b0000000f0531ff85c0400f95c783c70ab83c0000000f05")  # exit(geteuid() ? 11 : 10)
_BUSY_SECONDS = 2.0


class Scene(NamedTuple):
    """What stands around the attacker: a folder, a listener's addresses, and another process of the same user."""

    folder: Path
    tcp: int
    udp: int
    abstract: str
    neighbour: int


class Stopped(Exception):
    """The attempt came back without what it wanted."""


def read_file(scene: Scene) -> None:
    """Read a file that everybody may read."""
    Path("/etc/passwd").read_bytes()


def read_private_file(scene: Scene) -> None:
    """Read a file of root's own."""
    (scene.folder / "private").read_bytes()


def write_file(scene: Scene) -> None:
    """Write a file where everybody may."""
    (scene.folder / "open" / f"left by {os.getpid()}").write_bytes(b"x")


def read_inherited(scene: Scene) -> None:
    """Read a descriptor that was left open."""
    os.pread(SECRET, 1, 0)


def connect_tcp(scene: Scene) -> None:
    """Connect to a server on this machine."""
    with socket.socket() as made:
        made.settimeout(2)
        made.connect(("127.0.0.1", scene.tcp))


def send_udp(scene: Scene) -> None:
    """Send a datagram."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.sendto(b"x", ("127.0.0.1", scene.udp))


def connect_abstract(scene: Scene) -> None:
    """Connect to an abstract Unix socket."""
    with socket.socket(socket.AF_UNIX) as made:
        made.connect("\0" + scene.abstract)


def connect_path(scene: Scene) -> None:
    """Connect to a Unix socket in the file system."""
    with socket.socket(socket.AF_UNIX) as made:
        made.connect(str(scene.folder / "open" / "socket"))


def open_netlink(scene: Scene) -> None:
    """Open a line to the kernel's network tables."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as made:
        made.bind((0, 0))


def fork(scene: Scene) -> None:
    """Start another process."""
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def start_thread(scene: Scene) -> None:
    """Start a thread."""
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


def execute(scene: Scene) -> None:
    """Become another program."""
    os.execv(scene.folder / "open" / "program", ["program"])


def gain_by_setuid(scene: Scene) -> None:
    """Become root through a setuid program."""
    os.execv(scene.folder / "open" / "setuid-program", ["setuid-program"])


def signal_neighbour(scene: Scene) -> None:
    """Send a signal to another process of the same user."""
    os.kill(scene.neighbour, signal.SIGCONT)


def read_neighbour(scene: Scene) -> None:
    """Read the environment of another process of the same user."""
    Path(f"/proc/{scene.neighbour}/environ").read_bytes()


def trace_neighbour(scene: Scene) -> None:
    """Trace another process of the same user."""
    _checked(LIBC.ptrace(0x4206, scene.neighbour, 0, 0))  # PTRACE_SEIZE


def unshare_user(scene: Scene) -> None:
    """Get all capabilities in a user namespace of its own."""
    _checked(LIBC.unshare(0x10000000))


def mount(scene: Scene) -> None:
    """Mount a file system."""
    _checked(LIBC.unshare(0x20000))  # its own mounts, so that nothing is left
    _checked(LIBC.mount(b"none", bytes(scene.folder / "open"), b"tmpfs", 0, b""))


def map_executable(scene: Scene) -> None:
    """Map memory that is writable and executable."""
    if LIBC.mmap(None, mmap.PAGESIZE, 7, 0x22, -1, 0) == -1:
        raise Stopped


def memory_file(scene: Scene) -> None:
    """Make a file in memory."""
    os.memfd_create("x")


def handle_signal(scene: Scene) -> None:
    """Install a signal handler."""
    signal.signal(signal.SIGUSR1, lambda number, frame: None)


def take_memory(scene: Scene) -> None:
    """Take 8 GiB of address space."""
    if LIBC.mmap(None, ctypes.c_size_t(8 << 30), 3, 0x4022, -1, 0) == -1:  # MAP_NORESERVE
        raise Stopped


def open_many(scene: Scene) -> None:
    """Open a hundred descriptors."""
    for _ in range(50):
        os.pipe()


def busy(scene: Scene) -> None:
    """Compute without end."""
    for _ in range(_ROUNDS[0]):
        pass


def kernel_random(scene: Scene) -> None:
    """Read true randomness."""
    os.getrandom(8)


def clock_call(scene: Scene) -> None:
    """Ask the kernel for the time."""
    room = ctypes.create_string_buffer(16)
    _checked(LIBC.syscall(228, 0, room))  # x86_64: clock_gettime


def clock_vdso(scene: Scene) -> None:
    """Read the time without the kernel (vDSO)."""
    time.clock_gettime(time.CLOCK_REALTIME)


def time_stamp_counter(scene: Scene) -> None:
    """Read the processor's time stamp counter."""
    ctypes.CFUNCTYPE(ctypes.c_ulong)(_code())()


def _code() -> int:
    """Return the address of code that was mapped before the walls stood."""
    return _MAPPED[0]


def programs() -> dict[str, bytes]:
    """Return the smallest x86_64 programs that leave with 10 for "got through": they need no library, so no file."""
    return {"program": _program(_EXIT), "setuid-program": _program(_EXIT_AS_ROOT)}


def _program(code: bytes) -> bytes:
    """Return a static ELF executable of `code` (System V ABI, ELF-64)."""
    at, size = 0x400000, 0x78 + len(code)
    head = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 2, 62, 1, at + 0x78, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return head + struct.pack("<IIQQQQQQ", 1, 5, 0, at, at, size, size, 0x1000) + code


def prepare() -> None:
    """Map the code that some attempts run, and measure what two seconds of work are; needs no wall around."""
    "".encode("ascii")  # a codec is a file, which nobody may be unable to read later
    if not _ROUNDS:
        started = time.process_time()
        for _ in range(1_000_000):
            pass
        _ROUNDS.append(int(_BUSY_SECONDS / (time.process_time() - started) * 1_000_000))
    if not _MAPPED:
        at = LIBC.mmap(None, mmap.PAGESIZE, 7, 0x22, -1, 0)
        ctypes.memmove(at, _RDTSC, len(_RDTSC))
        _MAPPED.append(at)


def _checked(result: int) -> None:
    if result == -1:
        raise OSError(ctypes.get_errno(), "refused")


_MAPPED: list[int] = []
_ROUNDS: list[int] = []


class Attempt(NamedTuple):
    """One thing to try, how a bundle would have to say it, and what the machine must offer for it to mean anything."""

    act: Callable[[Scene], None]
    source: str
    as_root: bool = False
    x86_64: bool = False
    slow: bool = False


_OS, _SOCKET, _CTYPES, _TIME = "import os", "import socket", "import ctypes", "import time"

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(read_file, "x = open('/etc/passwd')"),
    Attempt(read_private_file, "x = open('private')", as_root=True),
    Attempt(write_file, "x = open('left', 'w')"),
    Attempt(read_inherited, _OS),
    Attempt(connect_tcp, _SOCKET),
    Attempt(send_udp, _SOCKET),
    Attempt(connect_abstract, _SOCKET),
    Attempt(connect_path, _SOCKET),
    Attempt(open_netlink, _SOCKET),
    Attempt(fork, _OS),
    Attempt(start_thread, "import threading"),
    Attempt(execute, _OS, x86_64=True),
    Attempt(gain_by_setuid, "import subprocess", x86_64=True),
    Attempt(signal_neighbour, _OS),
    Attempt(read_neighbour, "x = open('/proc/2/environ')"),
    Attempt(trace_neighbour, _CTYPES),
    Attempt(unshare_user, _OS),
    Attempt(mount, _CTYPES, as_root=True),
    Attempt(map_executable, "import mmap"),
    Attempt(memory_file, _OS),
    Attempt(handle_signal, "import signal"),
    Attempt(take_memory, "x = bytes(8 * 2 ** 30)"),
    Attempt(open_many, _OS),
    Attempt(busy, "while True:\n    pass", slow=True),
    Attempt(kernel_random, _OS),
    Attempt(clock_call, _CTYPES, x86_64=True),
    Attempt(clock_vdso, _TIME),
    Attempt(time_stamp_counter, _CTYPES, x86_64=True),
)
"""Every attempt; besides these the harness lets a neighbour spy on the process itself (`be_read`)."""
