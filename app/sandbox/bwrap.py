"""The walls: what bubblewrap is told, and whether it works on this machine."""

from __future__ import annotations

import os
import platform
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.sandbox import launch, syscalls

LAUNCH = Path(launch.__file__)
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store")
SETTINGS = ("/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d")
TMP = Path("/tmp")  # noqa: S108 -- of the cage
USERS = range(61184, 65520)
_TAKEN: set[int] = set()
PROBE_S = 20.0
INSTALL = "Install bubblewrap 0.7 or newer (apt-get install bubblewrap, dnf install bubblewrap) and restart."
PERMIT = (
    "bubblewrap is installed but may not make its namespaces here: allow unprivileged user namespaces "
    "(sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns=0; in a container "
    "--cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined) and restart."
)


@dataclass(frozen=True, slots=True)
class Mount:
    """A place inside and the file or folder of this machine that stands there."""

    source: Path
    target: Path
    writable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubblewrap:
    """How bubblewrap is called here.

    `as_root`: the service is root, so the walls are built with its powers and the command becomes a user of
    its own; otherwise a user namespace gives them. `own_proc`: a /proc of the cage's own processes can be
    mounted.
    """

    program: str
    as_root: bool
    own_proc: bool = True

    def command(
        self,
        argv: Sequence[str],
        *,
        mounts: Sequence[Mount],
        cwd: str,
        env: Mapping[str, str],
        tmp_bytes: int,
        filter_fd: int | None,
    ) -> tuple[str, ...]:
        """The whole command line that runs `argv` in a cage with the system read-only and `mounts`.

        A mount deeper than another comes after it; where none stands at /tmp, that is private memory of
        at most `tmp_bytes`. `filter_fd` gives the program of forbidden system calls. Of a root's cage `argv`
        must drop its user first.
        """
        shm = _private_memory(Path("/dev/shm"), tmp_bytes)  # noqa: S108 -- of the cage
        tmp = _private_memory(TMP, tmp_bytes) if all(mount.target != TMP for mount in mounts) else ()
        return (
            *(
                self.program,
                *self._namespaces(),
                "--as-pid-1",
                "--die-with-parent",
                "--new-session",
                "--clearenv",
            ),
            *(() if filter_fd is None else ("--seccomp", str(filter_fd))),
            *(word for name, value in env.items() for word in ("--setenv", name, value)),
            *(word for place in SYSTEM for word in _system(Path(place))),
            *("--perms", "0755", "--dir", "/etc"),
            *(word for place in SETTINGS for word in ("--ro-bind-try", place, place)),
            *("--dev", "/dev", *shm),
            *(("--proc", "/proc", "--remount-ro", "/proc") if self.own_proc else ("--dir", "/proc")),
            *tmp,
            *(word for mount in _outer_first(mounts) for word in _bind(mount)),
            *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", cwd, "--", *argv),
        )

    @property
    def own_user(self) -> bool:
        """True where the kernel's count of a user's processes is a count of one cage."""
        return self.as_root or _counts_by_namespace(platform.release())

    def _namespaces(self) -> tuple[str, ...]:
        if self.as_root:
            apart = ("ipc", "pid", "net", "uts", "cgroup-try")
            powers = ("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
            return (*(f"--unshare-{what}" for what in apart), *powers)
        return ("--unshare-all", "--unshare-user", *("--uid", "1000", "--gid", "1000"), "--cap-drop", "ALL")


def launched(argv: Sequence[str], *, user: str, limits: Mapping[str, int]) -> tuple[str, ...]:
    """`argv` by way of the launcher, which takes the limits and becomes `user`, a number or ""."""
    words = ",".join(f"{name}={value}" for name, value in limits.items())
    return (sys.executable, "-I", "-S", "-B", str(LAUNCH), user, words, *argv)


def inner_mounts() -> tuple[Mount, ...]:
    """The launcher, and the Python that runs Jr with its packages where the system's folders lack it."""
    here = (
        sys.prefix,
        sys.base_prefix,
        sys.base_exec_prefix,
        str(Path(sys.executable).resolve().parent.parent),
    )
    places = dict.fromkeys(place for name in here for place in (Path(name), Path(name).resolve()))
    return (Mount(LAUNCH, LAUNCH), *(Mount(place, place) for place in places if not _in_system(place)))


def interpreter_path() -> str:
    """PATH inside: the interpreter that runs Jr first, then the system's programs."""
    return ":".join(
        (str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin")
    )


def find() -> Bubblewrap | str:
    """Bubblewrap as it works here, proved by running it; or the sentence that says what to do."""
    program = shutil.which("bwrap")
    if program is None:
        return INSTALL
    complaint = ""
    as_root = os.geteuid() == 0
    for own_proc in (True, False):
        candidate = Bubblewrap(program=program, as_root=as_root, own_proc=own_proc)
        complaint = _try(candidate)
        if not complaint:
            return candidate
    return f"{INSTALL if 'nknown option' in complaint else PERMIT} It says: {complaint}"


@contextmanager
def filter_pipe() -> Iterator[int | None]:
    """The reading end of a pipe that holds the program of forbidden calls; None for an unknown processor."""
    program = syscalls.program(platform.machine())
    if program is None:
        yield None
        return
    read_end, write_end = os.pipe()
    try:
        with os.fdopen(write_end, "wb") as pipe:
            pipe.write(program)
        yield read_end
    finally:
        os.close(read_end)


@contextmanager
def fresh_user() -> Iterator[int]:
    """A user id for one cage of a root's: from the range that systemd keeps for passing users.

    The kernel counts processes by user, so cages of this process that run at once never share one, and those
    of several services seldom do.
    """
    while (user := random.choice(USERS)) in _TAKEN:  # noqa: S311 -- apart, not secret
        pass
    _TAKEN.add(user)
    try:
        yield user
    finally:
        _TAKEN.discard(user)


def available() -> tuple[bool, str]:
    """Whether commands can be caged here, and a sentence: what was found, or what to install."""
    found = find()
    if isinstance(found, str):
        return False, found
    return True, f"bubblewrap at {found.program}"


def _try(candidate: Bubblewrap) -> str:
    """Runs a command by way of the launcher in the cage; the complaint, or "" when that works."""
    user = str(USERS[0]) if candidate.as_root else ""
    with filter_pipe() as fd:
        command = candidate.command(
            launched(("true",), user=user, limits={"RLIMIT_CORE": 0}),
            mounts=inner_mounts(),
            cwd="/",
            env={"PATH": interpreter_path()},
            tmp_bytes=1 << 20,
            filter_fd=fd,
        )
        fds = () if fd is None else (fd,)
        try:
            done = subprocess.run(command, capture_output=True, timeout=PROBE_S, check=False, pass_fds=fds)  # noqa: S603 -- our words
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
    if done.returncode == 0:
        return ""
    return done.stderr.decode(errors="replace").strip()[:400] or f"exit code {done.returncode}"


def _system(place: Path) -> tuple[str, ...]:
    if place.is_symlink():
        return ("--symlink", str(place.readlink()), str(place))
    return ("--ro-bind-try", str(place), str(place))


def _in_system(place: Path) -> bool:
    return len(place.parts) < 2 or any(place.is_relative_to(root) for root in SYSTEM)  # noqa: PLR2004 -- the root itself


def _outer_first(mounts: Sequence[Mount]) -> list[Mount]:
    return sorted(mounts, key=lambda mount: len(mount.target.parts))


def _bind(mount: Mount) -> tuple[str, ...]:
    """The mount with the folders above it, which a user other than bubblewrap's must be able to pass."""
    above = [str(folder) for folder in reversed(mount.target.parents) if folder.parts[1:]]
    folders = (word for folder in above for word in ("--perms", "0755", "--dir", folder))
    return (*folders, "--bind" if mount.writable else "--ro-bind", str(mount.source), str(mount.target))


def _private_memory(place: Path, size: int) -> tuple[str, ...]:
    return ("--perms", "1777", "--size", str(size), "--tmpfs", str(place))


def _counts_by_namespace(release: str) -> bool:
    """True for kernels whose process limit is counted by user namespace, 5.14 and newer."""
    numbers = release.split("-", maxsplit=1)[0].split(".")[:2]
    return tuple(int(number) for number in numbers if number.isdigit()) >= (5, 14)
