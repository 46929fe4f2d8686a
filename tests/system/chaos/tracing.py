# SPDX-License-Identifier: Apache-2.0
"""strace around an access point, which kills it, or holds one thread of it, at the N-th system call of a kind."""
import contextlib
import pathlib
import shutil
import subprocess

# Calls that change what survives, or tell somebody else.
CALLS = ("write", "writev", "pwrite64", "pwritev", "fsync", "fdatasync", "ftruncate", "fallocate", "rename", "renameat",
         "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir", "openat", "sendto", "sendmsg", "shutdown")
HELD = 5_000_000  # microseconds that a call is held, until somebody kills the process


def forbidden():
    """Why strace cannot be used here, or nothing."""
    if not shutil.which("strace"):
        return "strace is not installed"
    tried = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], stderr=subprocess.PIPE, text=True)
    return None if tried.returncode == 0 else f"strace may not trace here: {tried.stderr.strip()}"


def wrapper(trace_file, calls=CALLS, kill=None, hold=None, aside=False):
    """A command line that the daemon's goes behind. `kill`: (call, N) dies by the first thread that makes its N-th. `hold`:
    (call, N) each thread stands still before its N-th, while the others go on.
    `aside`: the process that is started becomes the daemon, and strace its grandchild; else strace is the parent, and
    has written everything when it ends."""
    # "?": a call this machine does not know is no fault. Not with --seccomp-bpf: strace 6.1 then injects nothing.
    command = ["strace", "-f", "-qq", "-o", trace_file, "-e", "trace=" + ",".join(f"?{call}" for call in calls),
               "-e", "signal=none"]
    if aside:
        command.append("-D")
    if kill:
        command += ["-e", f"inject={kill[0]}:signal=KILL:when={kill[1]}"]
    if hold:
        command += ["-e", f"inject={hold[0]}:delay_enter={HELD}:when={hold[1]}"]
    return command


def standing(process):
    """Threads of a traced process that stand still at this moment."""
    found = set()
    for stat in pathlib.Path(f"/proc/{process}/task").glob("*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            if stat.read_text().rpartition(")")[2].split()[0] == "t":
                found.add(stat.parent.name)
    return found
