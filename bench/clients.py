"""The clients of a comparison: wrk, paced_load, and a crowd of idle connections."""

import json
import re
import select
import socket
import subprocess
import time

from processes import Failure, pin

UNITS = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 60e6}


def run_wrk(port, path, seconds, cpus, connections=64, script=None, headers=()):
    """One run: requests, requests/s, latencies in µs, and how many responses were errors."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "5s"]
    for header in headers:
        command += ["-H", header]
    if script:
        command += ["-s", str(script)]
    text = output_of(command + [f"http://127.0.0.1:{port}{path}"], seconds + 20, cpus)

    def number(pattern, default=None):
        found = re.search(pattern, text, re.MULTILINE)
        if not found and default is None:
            raise Failure(f"wrk printed no {pattern}:\n{text}")
        return float(found[1]) if found else default

    def latency(percent):
        found = re.search(rf"^ *{percent}% +([\d.]+)(us|ms|s|m)$", text, re.MULTILINE)
        return float(found[1]) * UNITS[found[2]] if found else float("nan")

    sockets = re.search(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    return {"requests": number(r"^ *(\d+) requests in"), "rps": number(r"^Requests/sec: *([\d.]+)"),
            "p50_us": latency(50), "p99_us": latency(99),
            "errors": int(number(r"Non-2xx or 3xx responses: (\d+)", 0)) +
                      (sum(map(int, sockets.groups())) if sockets else 0)}


def run_paced(binary, port, path, rate, seconds, cpus):
    """A constant rate over 64 connections; latencies count from the time a request was due."""
    text = output_of([binary, "--port", str(port), "--path", path, "--rate", str(rate), "--seconds",
                      str(seconds)], seconds + 20, cpus)
    result = json.loads(text)
    result["errors"] = result["failed"] + result["unanswered"]
    return result


def output_of(command, timeout, cpus):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=timeout, preexec_fn=pin(cpus), check=False)
    except OSError as error:
        raise Failure(f"cannot run {command[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise Failure(f"{command[0]} did not end within {timeout} s") from error
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)}: {done.stderr or done.stdout}")
    return done.stdout


class Crowd:
    """Many keep-alive connections at once. Used as a context: closes them at the end."""

    def __init__(self, port, count):
        self.port, self.count, self.sockets = port, count, {}

    def __enter__(self):
        for _ in range(self.count):
            one = socket.create_connection(("127.0.0.1", self.port), timeout=10)
            one.setblocking(False)
            self.sockets[one.fileno()] = one
        return self

    def __exit__(self, *_):
        for one in self.sockets.values():
            one.close()

    def ask(self, path, at_once, timeout=60):
        """One request on every connection, `at_once` in flight; returns how many got 200."""
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n".encode()
        waiting, received, good = list(self.sockets), {}, 0
        poll = select.epoll()
        end = time.monotonic() + timeout
        try:
            while (waiting or received) and time.monotonic() < end:
                while waiting and len(received) < at_once:
                    fd = waiting.pop()
                    received[fd] = b""
                    poll.register(fd, select.EPOLLIN)
                    try:
                        self.sockets[fd].send(request)
                    except OSError:  # closed: the poll below reports it
                        pass
                for fd, _ in poll.poll(1):
                    try:
                        data = self.sockets[fd].recv(65536)
                    except OSError:
                        data = b""
                    received[fd] += data
                    if not data or is_complete(received[fd]):
                        good += received.pop(fd).startswith(b"HTTP/1.1 200 ") and bool(data)
                        poll.unregister(fd)
        finally:
            poll.close()
        return good


def is_complete(response):
    head, separator, body = response.partition(b"\r\n\r\n")
    length = re.search(rb"^content-length: *(\d+)", head, re.MULTILINE | re.IGNORECASE)
    return bool(separator and length) and len(body) >= int(length[1])
