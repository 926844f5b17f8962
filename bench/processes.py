"""Starting, watching and ending the programs of a comparison. Linux only: reads /proc."""

import contextlib
import http.client
import os
import pathlib
import resource
import signal
import socket
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
OPEN_FILES = 32768


class Failure(Exception):
    """An error that ends the comparison. Its text is shown to the user."""


def free_ports(count):
    """Different ports of 127.0.0.1 that are free now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def raise_open_files():
    """Raises the limit of open files to what a crowd of connections needs, if that is allowed."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, max(hard, OPEN_FILES)))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def pin(cpus):
    """For subprocess's preexec_fn: the child and its children run on these cores only."""
    return (lambda: os.sched_setaffinity(0, cpus)) if cpus else None


class Program:
    """A running program with its children. Output goes to files in `folder`."""

    def __init__(self, name, argv, folder, cpus):
        self.name = name
        self.stdout = folder / f"{name}.out"
        self.stderr = folder / f"{name}.err"
        with open(self.stdout, "ab") as out, open(self.stderr, "ab") as err:
            try:
                self.child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                              preexec_fn=pin(cpus))
            except OSError as error:
                raise Failure(f"{name}: cannot start {argv[0]}: {error.strerror}") from error

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                for pid in self.pids():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                self.child.wait()

    def pids(self):
        """This program and all programs that it has started."""
        parents = {}
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                stat = read_stat(int(entry.name))
                if stat:
                    parents[int(entry.name)] = int(stat[1])
        found = [self.child.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def cpu_seconds(self):
        """User and system time of all of the program's processes and their threads."""
        stats = filter(None, map(read_stat, self.pids()))
        return sum(int(stat[11]) + int(stat[12]) for stat in stats) / TICK

    def rss(self):
        """Resident bytes of all of its processes; shared pages count for each process."""
        total = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                total += int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        return total

    def settled_rss(self):
        """The same, once it no longer changes (waits at most 5 s)."""
        last, end = self.rss(), time.monotonic() + 5
        while time.monotonic() < end:
            time.sleep(0.3)
            now = self.rss()
            if abs(now - last) <= 16 * PAGE:
                return now
            last = now
        return last

    def wait_serving(self, port, path):
        end = time.monotonic() + 15
        while time.monotonic() < end:
            if self.child.poll() is not None:
                break
            with contextlib.suppress(OSError, http.client.HTTPException):
                client = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
                try:
                    client.request("GET", path)
                    if client.getresponse().status == 200:
                        return
                finally:
                    client.close()
            time.sleep(0.02)
        raise Failure(f"{self.name} does not serve {path}:\n" + self.stderr.read_text(errors="replace")[-2000:])


def read_stat(pid):
    """The fields of /proc/PID/stat after the name: state, parent, ...; None if it is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
