"""Drives shoal daemons and trackers. One file that needs nothing but Python 3.9: copy it, or put its folder into PYTHONPATH.

    from shoal import Daemon

    daemon = Daemon("node1", token="...")
    torrent = daemon.add("model.torrent", labels=["nightly"])
    done = daemon.wait(torrent.hash, timeout=3600)
    print(done.name, "is in", done.folder)

Every failure is a ShoalError, whose text says what to do. Nothing here keeps a connection open; a Daemon or Tracker may be used by one
thread at a time.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import pathlib
import socket
import time
import urllib.parse
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Mapping, Optional, Union

__all__ = ["Daemon", "NotFound", "Refused", "ShoalError", "TimedOut", "Torrent", "TorrentFailed", "Tracker", "Unreachable"]

_SESSION = "X-Transmission-Session-Id"
_FIELDS = ("id", "hashString", "name", "downloadDir", "status", "error", "errorString", "percentDone", "leftUntilDone", "sizeWhenDone",
           "metadataPercentComplete", "rateDownload", "rateUpload", "peersConnected", "labels", "isStalled", "addedDate", "doneDate")
_STATES = {0: "stopped", 1: "checking", 2: "checking", 4: "downloading", 6: "seeding"}
_LOCAL_ERROR = 3  # 1 and 2 are a tracker's, with which a torrent goes on


class ShoalError(Exception):
    """What all failures have in common."""


class Unreachable(ShoalError):
    """Nobody answers at that address, or not in time."""


class Refused(ShoalError):
    """It answers, and does not do it. `status` is that of HTTP; 200 where the request was understood."""

    def __init__(self, text: str, status: int = 200) -> None:
        super().__init__(text)
        self.status = status


class NotFound(ShoalError):
    """There is no such torrent."""


class TorrentFailed(ShoalError):
    """The torrent stopped because of an error of the daemon's machine."""

    def __init__(self, torrent: Torrent) -> None:
        super().__init__(f"{torrent.name}: {torrent.error}")
        self.torrent = torrent


class TimedOut(ShoalError):
    """It was not complete in time. `torrent` is how far it was."""

    def __init__(self, torrent: Torrent) -> None:
        super().__init__(f"{torrent.name}: not complete in time, {100 * torrent.progress:.0f} % are there")
        self.torrent = torrent


@dataclass(frozen=True)
class Torrent:
    """One torrent of a daemon, as it was when it was asked for. Sizes are bytes, rates bytes a second, times seconds since 1970."""

    id: int
    hash: str
    name: str
    folder: str  #: of the daemon's machine, that holds the content
    state: str  #: stopped, checking, downloading or seeding
    progress: float  #: of what is wanted, 0 to 1
    left: int
    size: int
    rate_down: int
    rate_up: int
    peers: int
    labels: tuple[str, ...]
    stalled: bool  #: without progress for five minutes
    error: str  #: empty: none
    failed: bool  #: stopped because of `error`; false where only a tracker complains
    complete: bool
    added: int
    done: int  #: 0: not yet

    @staticmethod
    def _of(found: Mapping[str, Any]) -> Torrent:
        known = found["metadataPercentComplete"] == 1
        return Torrent(
            id=int(found["id"]), hash=str(found["hashString"]), name=str(found["name"]), folder=str(found["downloadDir"]),
            state=_STATES.get(found["status"], "stopped"), progress=float(found["percentDone"]) if known else 0.0,
            left=int(found["leftUntilDone"]), size=int(found["sizeWhenDone"]), rate_down=int(found["rateDownload"]),
            rate_up=int(found["rateUpload"]), peers=int(found["peersConnected"]), labels=tuple(map(str, found["labels"])),
            stalled=bool(found["isStalled"]), error=str(found["errorString"]), failed=found["error"] == _LOCAL_ERROR,
            complete=known and found["leftUntilDone"] == 0 and found["doneDate"] != 0, added=int(found["addedDate"]),
            done=int(found["doneDate"]))


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _Server:
    """One HTTP server: an address, and what proves who asks."""

    def __init__(self, address: str, port: int, headers: dict[str, str], timeout: float) -> None:
        self.address = address
        self.headers = headers
        self._timeout = timeout
        if address.startswith("unix:"):
            self._connect: Callable[[], http.client.HTTPConnection] = self._unix
            return
        url = urllib.parse.urlsplit(address if "://" in address else f"http://{address}")
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ShoalError(f"{address}: write HOST, HOST:PORT, unix:PATH or a URL of http or https")
        self._host = url.hostname
        self._port = url.port or (port if "://" not in address else None)
        self._tls = url.scheme == "https"
        self._connect = self._tcp

    def _unix(self) -> http.client.HTTPConnection:
        return _UnixConnection(self.address[len("unix:"):], self._timeout)

    def _tcp(self) -> http.client.HTTPConnection:
        if self._tls:
            return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout)
        return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)

    def send(self, method: str, path: str, body: Optional[bytes] = None,
             headers: Optional[Mapping[str, str]] = None) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = self._connect()
        try:
            connection.request(method, path, body, {**self.headers, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException) as failure:
            raise Unreachable(f"{self.address}: {failure or type(failure).__name__}: is it running there?") from failure
        finally:
            connection.close()


class Daemon:
    """`shoal daemon` on one machine, through its control port.

    address: HOST or HOST:PORT (9091 unless said otherwise), unix:PATH of its socket, or a URL
    user, password, token: what the daemon was started with, if anything; token wins
    timeout: seconds for each answer
    """

    def __init__(self, address: str = "127.0.0.1", *, user: str = "", password: str = "", token: str = "", timeout: float = 30) -> None:
        headers = {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        elif user:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self._server = _Server(address, 9091, headers, timeout)
        self._session = ""

    def add(self, source: Union[str, os.PathLike[str]], *, folder: str = "", labels: Iterable[str] = (), paused: bool = False,
            replace: bool = False, keep_old: bool = False, reuse: str = "") -> Torrent:
        """Gives it a torrent; one that it has already stays as it was.

        source: a .torrent of this machine, a URL that the daemon fetches, or a magnet link
        folder: of the daemon's machine; empty: the daemon's own
        replace: other content of its name, when the download is verified; keep_old: and keeps that beside it
        reuse: a path of the daemon's machine with an older version, from which it starts
        """
        arguments: dict[str, Any] = {"labels": list(labels), "paused": paused}
        text = os.fspath(source)
        if text.startswith("magnet:") or "://" in text:
            arguments["filename"] = text
        else:
            try:
                arguments["metainfo"] = base64.b64encode(pathlib.Path(text).read_bytes()).decode()
            except OSError as failure:
                raise ShoalError(f"{text}: {failure.strerror}") from failure
        for name, value in (("download-dir", folder), ("reuse", reuse), ("replace", replace), ("keep-old", keep_old)):
            if value:
                arguments[name] = value
        added = self.call("torrent-add", arguments)
        entry = added.get("torrent-added") or added["torrent-duplicate"]
        return self.status(str(entry["hashString"]))

    def torrents(self, label: Optional[str] = None) -> list[Torrent]:
        """All of them, or those with that label."""
        found = self.call("torrent-get", {"fields": _FIELDS})["torrents"]
        return [one for one in map(Torrent._of, found) if label is None or label in one.labels]

    def status(self, torrent: Union[int, str]) -> Torrent:
        """One torrent, by its id or info-hash. NotFound where it is not there."""
        found = self.call("torrent-get", {"ids": [torrent], "fields": _FIELDS})["torrents"]
        if not found:
            raise NotFound(f"{self._server.address}: there is no torrent {torrent}")
        return Torrent._of(found[0])

    def wait(self, torrent: Union[int, str], *, timeout: Optional[float] = None, every: float = 1,
             progress: Optional[Callable[[Torrent], None]] = None) -> Torrent:
        """Returns it when it is complete and in its place. TorrentFailed where it stops, TimedOut after `timeout` seconds.

        progress: is called with each look at it
        """
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            now = self.status(torrent)
            if progress is not None:
                progress(now)
            if now.failed:
                raise TorrentFailed(now)
            if now.complete:
                return now
            if end is not None and time.monotonic() >= end:
                raise TimedOut(now)
            time.sleep(every if end is None else max(0.0, min(every, end - time.monotonic())))

    def pause(self, torrent: Union[int, str]) -> None:
        self._do("torrent-stop", torrent)

    def resume(self, torrent: Union[int, str]) -> None:
        """Also after an error: what was in its way may then be replaced."""
        self._do("torrent-start", torrent)

    def verify(self, torrent: Union[int, str]) -> None:
        """Reads all of it again; Torrent.state is `checking` meanwhile."""
        self._do("torrent-verify", torrent)

    def remove(self, torrent: Union[int, str], *, delete_content: bool = False) -> None:
        self._do("torrent-remove", torrent, {"delete-local-data": delete_content})

    def limit(self, torrent: Union[int, str], *, down: Optional[int] = None, up: Optional[int] = None) -> None:
        """Bytes a second, in steps of 1,000; 0 is no limit, and what is not named stays."""
        changes: dict[str, Any] = {}
        for name, rate in (("download", down), ("upload", up)):
            if rate is not None:
                changes[f"{name}Limited"] = rate > 0
                changes[f"{name}Limit"] = -(-rate // 1000)
        self._do("torrent-set", torrent, changes)

    def label(self, torrent: Union[int, str], labels: Iterable[str]) -> None:
        """These, in the place of those it has."""
        self._do("torrent-set", torrent, {"labels": list(labels)})

    def healthy(self) -> bool:
        """False where it says that it is not, or does not answer."""
        try:
            return self._server.send("GET", "/healthz")[0] == 200
        except Unreachable:
            return False

    def call(self, method: str, arguments: Optional[Mapping[str, Any]] = None) -> dict[str, Any]:
        """Any method of the Transmission RPC: its answer's arguments. Refused with the daemon's reason where it fails."""
        body = json.dumps({"method": method, "arguments": dict(arguments or {})}).encode()
        for _ in range(2):
            status, headers, text = self._server.send("POST", "/transmission/rpc", body,
                                                      {"Content-Type": "application/json", _SESSION: self._session})
            if status != http.HTTPStatus.CONFLICT:
                break
            self._session = headers.get(_SESSION, "")
        if status != http.HTTPStatus.OK:
            raise Refused(f"{self._server.address}: {text.decode(errors='replace').strip()}", status)
        answer = json.loads(text)
        if answer["result"] != "success":
            raise Refused(f"{self._server.address}: {answer['result']}")
        result: dict[str, Any] = answer["arguments"]
        return result

    def _do(self, method: str, torrent: Union[int, str], arguments: Optional[Mapping[str, Any]] = None) -> None:
        # A method on a torrent that is not there does nothing and succeeds.
        self.call(method, {"ids": [self.status(torrent).id], **(arguments or {})})


class Tracker:
    """shoal-tracker, through its API. What it returns is the JSON that docs/openapi.yaml describes.

    address: HOST or HOST:PORT (6969 unless said otherwise), or a URL
    token: its --admin-token; only who registers torrents needs it
    """

    def __init__(self, address: str, *, token: str = "", timeout: float = 30) -> None:
        self._server = _Server(address, 6969, {"Authorization": f"Bearer {token}"} if token else {}, timeout)

    def register(self, manifest: Union[str, os.PathLike[str]]) -> list[str]:
        """Serves a .torrent of this machine and shows its progress; its info-hashes."""
        answer = self._call("POST", "/api/v1/torrents", pathlib.Path(manifest).read_bytes())
        return [str(one) for one in answer["info_hashes"]]

    def unregister(self, info_hash: str) -> None:
        self._call("DELETE", f"/api/v1/torrents/{info_hash}")

    def torrents(self, *, registered: bool = True) -> list[dict[str, Any]]:
        """Registered ones, or all swarms; page by page, so that there may be any number of them."""
        found: list[dict[str, Any]] = []
        offset: Optional[int] = 0
        while offset is not None:
            query = urllib.parse.urlencode({"offset": offset, **({"registered": "true"} if registered else {})})
            page = self._call("GET", f"/api/v1/torrents?{query}")
            found += page["torrents"]
            offset = page["next"]
        return found

    def torrent(self, info_hash: str) -> dict[str, Any]:
        """One torrent with its peers: 10,000 at most."""
        return self._call("GET", f"/api/v1/torrents/{info_hash}")

    def status(self) -> dict[str, Any]:
        return self._call("GET", "/api/v1/status")

    def _call(self, method: str, path: str, body: Optional[bytes] = None) -> dict[str, Any]:
        status, _, text = self._server.send(method, path, body)
        try:
            answer: dict[str, Any] = json.loads(text)
        except ValueError:
            raise Refused(f"{self._server.address}: this is not a tracker of shoal", status) from None
        if status == http.HTTPStatus.NOT_FOUND:
            raise NotFound(f"{self._server.address}: {answer['error']}")
        if status >= http.HTTPStatus.BAD_REQUEST:
            raise Refused(f"{self._server.address}: {answer['error']}", status)
        return answer
