"""A swarm on hosts with addresses of their own: a hub, an origin with the content, and hosts that want it."""

import os
import pathlib

from . import clients, content
from .processes import Background, run
from .tools import program, tool

PORT = 6881

_NGINX = """
daemon off;
worker_processes 1;
user root;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{}}
http {{
    access_log {folder}/nginx-access.log;
    server {{ listen 80; root {root}; }}
}}
"""


class SwarmHosts:
    """`hosts` are those of a Network: the hub (tracker, DHT node or web server), the origin, and the others. The content
    is source/model.bin below `folder`. `close` ends what was started."""

    def __init__(self, folder, hosts, size):
        self.folder = pathlib.Path(folder)
        self.hub, self.origin, *self.hosts = hosts
        (self.folder / "source").mkdir()
        self.content = content.large_file(self.folder / "source" / "model.bin", size)
        self.torrent = self.folder / "model.torrent"
        self._running = []

    def close(self):
        for process in reversed(self._running):
            process.stop()

    def make_torrent(self, *options):
        self.info_hash = clients.make_torrent(self.content, self.torrent, *options)

    def keep(self, process):
        self._running.append(process)
        return process

    def start(self, host, command, *args, environment=None):
        log = self.folder / f"{command}-{host.address}.log"
        return self.keep(Background([program("shoal"), command, *args], log, host, env={**os.environ, **(environment or {})}))

    def seed(self, *options, **more):
        process = self.start(self.origin, "seed", self.torrent, self.content, *options, **more)
        process.wait_for("listening on")
        return process

    def get(self, host, *options, source=None, **more):
        """Where the content will be, and the running `shoal get`."""
        target = self.folder / f"target-{host.address}"
        return target, self.start(host, "get", source or self.torrent, "-o", target, "--timeout", "60s", *options, **more)

    def dht_node(self):
        """A bare DHT node on the hub: its address."""
        address = f"{self.hub.address}:{PORT}"
        self.start(self.hub, "dht-node", "--listen", address).wait_for("listening on")
        return address

    def shoal_tracker(self):
        return self.keep(clients.shoal_tracker(self.folder, self.hub))

    def opentracker(self):
        return self.keep(clients.opentracker(self.folder, self.hub, self.info_hash))

    def https_tracker(self, port=6970):
        """shoal-tracker behind a certificate of its own on the hub: the certificate's file."""
        name = self.hub.address
        key, certificate = self.folder / "tracker.key", self.folder / "tracker.pem"
        run([tool("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
             f"subjectAltName=IP:{name}", "-keyout", key, "-out", certificate]).check_returncode()
        tracker = self.keep(Background(
            [program("shoal-tracker"), "--listen", f"{name}:{port}", "--db", ":memory:", "--interval", "5s", "--tls-cert", certificate,
             "--tls-key", key], self.folder / "tracker.log", self.hub))
        tracker.wait_for(f"listening .*:{port}")
        return certificate

    def web_server(self):
        """nginx with the folder of the content on the hub: its URL. What it was asked is in nginx-access.log."""
        config = self.folder / "nginx.conf"
        config.write_text(_NGINX.format(folder=self.folder, root=self.folder / "source"))
        self.folder.chmod(0o755)
        self.keep(Background([tool("nginx"), "-c", config], self.folder / "nginx.log", self.hub))
        clients.wait_for_port(self.hub, 80)
        return f"http://{self.hub.address}"
