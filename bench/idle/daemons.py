"""The daemons that are measured, each driven by its own protocol on loopback: start, add, count what seeds, stop."""

import http.client
import json
import os
import time
import urllib.parse

from shoal_testing.processes import Background
from shoal_testing.tools import program, tool

_PATIENCE_S = 120


class Daemon:
    """On folders of its own below `folder`; `downloads` holds the content already."""

    name = None

    def __init__(self, folder, downloads):
        self.folder = folder / self.name
        self.folder.mkdir()
        self.downloads = downloads
        self.process = None
        self._runs = 0
        self._connection = None

    @property
    def pid(self):
        return self.process.process.pid

    def start(self):
        """Ready to answer on return."""
        self._runs += 1
        self.process = Background(self._command(), self.folder / f"run-{self._runs}.log",
                                  env={**os.environ, "HOME": str(self.folder)})
        self.port = self._find_port()
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_S)
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                self._connect()
                return
            except OSError:
                self._connection.close()
                if self.process.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{self.name} does not start:\n{self.process.output()}") from None
                time.sleep(0.02)

    def stop(self):
        if self._connection:
            self._connection.close()
        if self.process:
            self.process.stop(timeout=_PATIENCE_S)

    def request(self, method, path, body=None, headers=None):
        """The status, the headers and the body of one answer over the connection that is kept."""
        self._connection.request(method, path, body, headers or {})
        answer = self._connection.getresponse()
        return answer.status, answer.headers, answer.read()


class _TransmissionRpc(Daemon):
    """Our daemon and Transmission's take the same requests."""

    _session_id = ""

    def _connect(self):
        self._call("session-get", {})

    def _call(self, method, arguments):
        body = json.dumps({"method": method, "arguments": arguments})
        for _ in range(2):
            status, headers, text = self.request("POST", "/transmission/rpc", body, {"X-Transmission-Session-Id": self._session_id})
            if status != 409:
                break
            self._session_id = headers["X-Transmission-Session-Id"]
        answer = json.loads(text)
        if answer["result"] != "success":
            raise SystemExit(f"{self.name}: {method}: {answer['result']}")
        return answer["arguments"]

    def add(self, torrents):
        for torrent in torrents:
            self._call("torrent-add", {"filename": str(torrent), "download-dir": str(self.downloads)})

    def seeding(self):
        found = self._call("torrent-get", {"fields": ["status", "leftUntilDone", "errorString"]})["torrents"]
        return sum(1 for torrent in found if torrent["status"] == 6 and torrent["leftUntilDone"] == 0)


class Shoal(_TransmissionRpc):
    name = "shoal"

    def _command(self):
        return [program("shoal"), "daemon", "--state-dir", self.folder / "state", "--download-dir", self.downloads, "--listen",
                "127.0.0.1:0", "--no-dht", "--no-lsd", "--rpc-listen", "127.0.0.1:0"]

    def _find_port(self):
        return int(self.process.wait_for(r"control port address=127\.0\.0\.1:(\d+)", _PATIENCE_S).group(1))


class Transmission(_TransmissionRpc):
    name = "transmission"

    def _command(self):
        if self._runs == 1:
            (self.folder / "settings.json").write_text(json.dumps(
                {"dht-enabled": False, "lpd-enabled": False, "pex-enabled": False, "utp-enabled": False, "port-forwarding-enabled": False,
                 "rpc-authentication-required": False, "rpc-bind-address": "127.0.0.1", "rpc-port": 19091,
                 "bind-address-ipv4": "127.0.0.1", "bind-address-ipv6": "::1", "peer-port": 51413}))
        return [tool("transmission-daemon"), "--foreground", "--config-dir", self.folder, "--log-error"]

    def _find_port(self):
        return 19091


class QBittorrent(Daemon):
    name = "qbittorrent"
    _port = 18080

    def _command(self):
        config = self.folder / "qBittorrent" / "config"
        if self._runs == 1:
            config.mkdir(parents=True)
            (config / "qBittorrent.conf").write_text("\n".join([
                "[LegalNotice]", "Accepted=true",
                "[BitTorrent]", "Session\\DHTEnabled=false", "Session\\LSDEnabled=false", "Session\\PeXEnabled=false", "Session\\Port=16881",
                "Session\\QueueingSystemEnabled=false", "Session\\InterfaceAddress=127.0.0.1",
                "[Network]", "PortForwardingEnabled=false",
                "[Preferences]", "WebUI\\Address=127.0.0.1", f"WebUI\\Port={self._port}", "WebUI\\LocalHostAuth=false",
                "WebUI\\UseUPnP=false"]) + "\n")
        return [tool("qbittorrent-nox"), f"--profile={self.folder}"]

    def _find_port(self):
        return self._port

    def _connect(self):
        self._get("/api/v2/app/version")

    def _get(self, path):
        status, _, body = self.request("GET", path)
        if status != 200:
            raise SystemExit(f"{self.name}: {path}: {status} {body.decode(errors='replace')}")
        return body

    def add(self, torrents, at_once=100):
        mark = "torrent-files-end-here"
        for first in range(0, len(torrents), at_once):
            # It would check one torrent a second or so, so it is told that the content is right.
            parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                     for name, value in [("savepath", self.downloads), ("skip_checking", "true")]]
            for torrent in torrents[first:first + at_once]:
                parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="torrents"; filename="{torrent.name}"\r\n'
                             f"Content-Type: application/x-bittorrent\r\n\r\n".encode() + torrent.read_bytes() + b"\r\n")
            status, _, body = self.request("POST", "/api/v2/torrents/add", b"".join([*parts, f"--{mark}--\r\n".encode()]),
                                           {"Content-Type": f"multipart/form-data; boundary={mark}"})
            if status != 200 or body != b"Ok.":
                raise SystemExit(f"{self.name}: adding: {status} {body.decode(errors='replace')}")

    def seeding(self):
        found = json.loads(self._get("/api/v2/torrents/info?" + urllib.parse.urlencode({"filter": "completed"})))
        return sum(1 for torrent in found if torrent["state"] in ("stalledUP", "uploading", "forcedUP"))
