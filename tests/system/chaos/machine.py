# SPDX-License-Identifier: Apache-2.0
"""What of the machine can be broken from outside: disks that fill up, and clocks that jump."""
import contextlib
import ctypes
import errno
import os
import pathlib
import subprocess

DISK = 384 << 20  # octets; tmpfs takes only what is used
CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
LIBC = ctypes.CDLL(None, use_errno=True)
CLOCK = [pathlib.Path(folder) / "libfaketimeMT.so.1" for folder in
         ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime")]


def unshare(flags):
    """Gives this process namespaces of its own; as somebody who may not, in a user namespace of its own."""
    user, group = os.geteuid(), os.getegid()
    if LIBC.unshare(flags) == 0:
        return
    if ctypes.get_errno() != errno.EPERM or LIBC.unshare(CLONE_NEWUSER | flags) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    pathlib.Path("/proc/self/setgroups").write_text("deny")
    pathlib.Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    pathlib.Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def enter(namespace):
    """`namespace`: an open file."""
    if LIBC.setns(namespace, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def own_mounts():
    """Gives this process, which must have one thread, mounts of its own, which end with it. Why not, or nothing."""
    try:
        unshare(CLONE_NEWNS)
    except OSError as error:
        return f"no mounts of its own: {error.strerror}"
    done = subprocess.run(["mount", "--make-rprivate", "/"], stderr=subprocess.PIPE, text=True)
    return None if done.returncode == 0 else f"no mounts of its own: {done.stderr.strip()}"


def unmount_below(folder):
    """The small file systems of a round that is over: its folder can be removed then."""
    for line in pathlib.Path("/proc/self/mounts").read_text().splitlines():
        place = line.split()[1]
        if place.startswith(f"{folder}/"):
            subprocess.run(["umount", place], check=True)


class Disk:
    """A small file system of its own, in own_mounts()."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(self.folder)], check=True)
        self.filler = self.folder / "filler"

    def fill(self, left):
        """Leaves about so many octets."""
        space = os.statvfs(self.folder)
        octets = space.f_bavail * space.f_frsize - left
        with open(self.filler, "ab") as file, contextlib.suppress(OSError):  # somebody else was quicker
            if octets > 0:
                os.posix_fallocate(file.fileno(), file.tell(), octets)

    def free(self):
        self.filler.unlink(missing_ok=True)

    def is_full(self):
        return self.filler.exists()


class Clock:
    """A clock for one daemon, in libfaketime, that can be set while it runs. Steady clocks stay steady."""

    preloaded = next((path for path in CLOCK if path.exists()), None)

    def __init__(self, file):
        self.file = pathlib.Path(file)
        self.set(0)
        self.users = []  # processes, which leave things behind when they are killed

    def set(self, seconds):
        new = self.file.with_suffix(".new")  # renamed: a daemon never reads half of it
        new.write_text(f"{seconds:+d}\n")
        new.rename(self.file)

    def wrapper(self):
        return ["env", f"LD_PRELOAD={self.preloaded}", f"FAKETIME_TIMESTAMP_FILE={self.file}", "FAKETIME_CACHE_DURATION=1",
                "FAKETIME_DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1"]

    def clean(self):
        for process in self.users:
            for name in (f"faketime_shm_{process}", f"sem.faketime_sem_{process}"):
                pathlib.Path("/dev/shm", name).unlink(missing_ok=True)
