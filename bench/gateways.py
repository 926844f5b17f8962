"""The target and the gateways in front of it, each with a configuration that does the same work:

/plain    proxied to the target, which responds with 156 bytes
/1m       proxied, 1 MiB
/respond  156 bytes from the gateway's own configuration
/r/N      the same, one route for each N below `routes`

and Thalamus alone, where it limits and authenticates:
/limited  as /plain, under a rate limit with one key for all, which is never reached
/keyed    the same, one key for each value of X-Key
/token    as /plain, for those with a token of the identity provider
/api-key  the same with API keys
"""

import hashlib
import json
import os
import urllib.request

from processes import Program, free_ports

BODY = ("thalamus " * 18)[:156]
MIB = 1024 * 1024
CONNECTIONS = 12000  # each gateway's limit; the workloads need 10,000


def nginx_frame(folder, http):
    user = "user root;" if os.geteuid() == 0 else ""
    return f"""
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections {CONNECTIONS}; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    default_type text/plain;
    keepalive_requests 1000000000;
    tcp_nodelay on;
{http}
}}
"""


class Target:
    """nginx without an access log: a fixed response and a file of 1 MiB."""

    def __init__(self, folder, cpus):
        folder.mkdir()
        [self.port] = free_ports(1)
        files = folder / "files"
        files.mkdir()
        (files / "1m").write_bytes(os.urandom(MIB))
        config = folder / "nginx.conf"
        config.write_text(nginx_frame(folder, f"""
    access_log off;
    server {{
        listen 127.0.0.1:{self.port} backlog=4096;
        root {files};
        sendfile on;
        location / {{ }}
        location = /plain {{ return 200 "{BODY}"; }}
    }}"""))
        self.program = Program("target", ["nginx", "-p", str(folder), "-c", str(config)], folder, cpus)

    def wait_serving(self):
        self.program.wait_serving(self.port, "/plain")


class Gateway:
    """One gateway, one reactor, access log and metrics on. `start` may be called once."""

    name = ""
    program = None

    def __init__(self, folder, target_port, routes=0):
        folder.mkdir()
        self.folder, self.target_port, self.routes = folder, target_port, routes
        self.port, self.metrics_port = free_ports(2)
        self.log = folder / "access.log"

    def start(self, cpus):
        self.program = Program(self.name, self.configure(), self.folder, cpus)
        self.program.wait_serving(self.port, "/respond")

    def stop(self):
        if self.program:
            self.program.stop()

    def empty_log(self):
        """Called between measurements, so that the logs of a long run stay small."""
        for log in (self.log, self.program.stdout):
            if log.exists():
                os.truncate(log, 0)

    def metric(self, name):
        """The sum of a metric's series."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=10) as page:
            lines = page.read().decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines
                   if line.startswith(name) and line[len(name)] in " {")

    def configure(self):
        """Writes the configuration; returns the command."""
        raise NotImplementedError


class Nginx(Gateway):
    name = "nginx"

    def configure(self):
        own = "\n".join(f'        location = /r/{n} {{ return 200 "{BODY}"; }}' for n in range(self.routes))
        proxy = 'proxy_pass http://target; proxy_http_version 1.1; proxy_set_header Connection "";'
        config = self.folder / "nginx.conf"
        config.write_text(nginx_frame(self.folder, f"""
    access_log {self.log};
    upstream target {{ server 127.0.0.1:{self.target_port}; keepalive 64; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{self.port} backlog=4096;
        location = /plain {{ {proxy} }}
        location = /1m {{ {proxy} proxy_buffering off; }}
        location = /respond {{ return 200 "{BODY}"; }}
{own}
    }}
    server {{
        listen 127.0.0.1:{self.metrics_port};
        location = /metrics {{ stub_status; access_log off; }}
    }}"""))
        return ["nginx", "-p", str(self.folder), "-c", str(config)]


class Haproxy(Gateway):
    name = "haproxy"

    def configure(self):
        respond_rule = f'http-request return status 200 content-type text/plain string "{BODY}"'
        own = ""
        if self.routes:
            paths = self.folder / "paths"
            paths.write_text("".join(f"/r/{n}\n" for n in range(self.routes)))
            own = f"    {respond_rule} if {{ path -f {paths} }}"
        config = self.folder / "haproxy.cfg"
        config.write_text(f"""
global
    nbthread 1
    maxconn {CONNECTIONS}
    no strict-limits
    log stdout format raw local0
defaults
    mode http
    log global
    option httplog
    http-reuse always
    timeout connect 2s
    timeout client 75s
    timeout server 60s
    timeout http-request 10s
    timeout http-keep-alive 75s
frontend clients
    bind 127.0.0.1:{self.port} backlog 4096
    {respond_rule} if {{ path /respond }}
{own}
    default_backend target
backend target
    server one 127.0.0.1:{self.target_port}
frontend metrics
    bind 127.0.0.1:{self.metrics_port}
    http-request use-service prometheus-exporter if {{ path /metrics }}
""")
        return ["haproxy", "-db", "-f", str(config)]


class Thalamus(Gateway):
    name = "thalamus"
    binary = ""
    redis_port = 0  # port of the store; 0 = memory
    issuer = ""     # of tokens: the URL of an IdentityProvider

    def configure(self):
        respond = {"status": 200, "headers": {"Content-Type": "text/plain"}, "text": BODY}
        routes = [{"id": "plain", "match": {"path": "/plain"}, "service": "target"},
                  {"id": "large", "match": {"path": "/1m"}, "service": "target"},
                  {"id": "respond", "match": {"path": "/respond"}, "respond": respond},
                  {"id": "limited", "match": {"path": "/limited"}, "service": "target",
                   "rate_limit": ["hot"], "rewrite": {"path": "/plain"}},
                  {"id": "keyed", "match": {"path": "/keyed"}, "service": "target",
                   "rate_limit": ["keyed"], "rewrite": {"path": "/plain"}},
                  {"id": "open", "match": {"path": "/open"}, "service": "target", "rewrite": {"path": "/plain"}},
                  {"id": "token", "match": {"path": "/token"}, "service": "target", "auth": ["idp"],
                   "rewrite": {"path": "/plain"}},
                  {"id": "api-key", "match": {"path": "/api-key"}, "service": "target", "auth": ["keys"],
                   "rewrite": {"path": "/plain"}}]
        routes += [{"id": f"r{n}", "match": {"path": f"/r/{n}"}, "respond": respond}
                   for n in range(self.routes)]
        config = self.folder / "gateway.yaml"  # JSON is YAML
        config.write_text(json.dumps({
            "node": {"name": "bench", "reactors": 1},
            "listen": [{"bind": f"127.0.0.1:{self.port}"}],
            "admin": {"bind": f"127.0.0.1:{self.metrics_port}"},
            "log": {"level": "warn", "access": {"to": str(self.log), "format": "json"}},
            "store": {"redis": f"redis://127.0.0.1:{self.redis_port}" if self.redis_port else "off",
                      "timeout": "1s"},
            "consumers": [{"name": f"c{n}", "api_keys": [{"sha256": hashlib.sha256(f"key-{n}".encode()).hexdigest()}]}
                          for n in range(1000)],
            "auth": {"keys": {"api_key": {}},
                     "idp": {"jwt": {"issuer": self.issuer or "http://127.0.0.1:1", "audience": ["api"],
                                     "algorithms": ["RS256"],
                                     "jwks": (self.issuer or "http://127.0.0.1:1") + "/jwks.json"}}},
            "rate_limits": {"hot": {"key": "route", "rate": "1000000/s"},
                            "keyed": {"key": "header:X-Key", "rate": "1000/min"}},
            "services": {"target": {"targets": [f"http://127.0.0.1:{self.target_port}"]}},
            "routes": routes}))
        return [self.binary, "run", "-c", str(config)]


class Redis:
    """A store without persistence."""

    def __init__(self, folder, cpus):
        folder.mkdir()
        [self.port] = free_ports(1)
        self.program = Program("redis", ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
                                         "--save", "", "--appendonly", "no"], folder, cpus)


class IdentityProvider:
    """Issues the tokens of the `auth` work."""

    def __init__(self, binary, folder, cpus):
        folder.mkdir()
        [port] = free_ports(1)
        self.issuer = f"http://127.0.0.1:{port}"
        self.program = Program("identity provider", [binary, "--port", str(port), "--algorithms", "RS256"],
                               folder, cpus)
        self.program.wait_serving(port, "/healthz")

    def token(self, subject):
        wanted = json.dumps({"sub": subject, "aud": "api", "scope": "users.read", "expires_in": 86400}).encode()
        with urllib.request.urlopen(self.issuer + "/token", wanted, timeout=10) as response:
            return json.load(response)["access_token"]


GATEWAYS = {kind.name: kind for kind in (Nginx, Haproxy, Thalamus)}
