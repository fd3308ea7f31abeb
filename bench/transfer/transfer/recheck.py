"""How long each client takes to hash content that is already there, when it is told to."""

import contextlib
import json
import pathlib
import time
import urllib.error
import urllib.parse
import urllib.request

from shoal_testing.processes import Background, run
from shoal_testing.tools import program, tool

_PATIENCE_S = 300
_LOOK_S = 0.05


def recheck(name, folder, source, torrent):
    """Seconds from the order to the answer, the page cache warm."""
    folder.mkdir(parents=True)
    target = folder / "files"
    target.mkdir()
    (target / source.name).hardlink_to(source)
    return _WAYS[name](folder, target, torrent)


def _busy_until(pid, start):
    """Seconds from `start` until the process was quiet again. What the clients tell of a check is up to two seconds old, which
    is longer than some need for all of it. A check too short to be seen counts as one look."""
    quiet_since, last = None, _ticks(pid)
    while time.monotonic() - start < _PATIENCE_S:
        time.sleep(_LOOK_S)
        now, ticks = time.monotonic(), _ticks(pid)
        # Two ticks of 10 ms in 50 ms: 40 % of a core. Idle clients use less than 10 %.
        if ticks - last >= 2:
            quiet_since = now
        elif quiet_since is not None and now - quiet_since > 0.5:
            return quiet_since - start
        elif quiet_since is None and now - start > 3:
            return _LOOK_S
        last = ticks
    raise AssertionError(f"still busy after {_PATIENCE_S} s")


def _ticks(pid):
    words = pathlib.Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    return int(words[11]) + int(words[12])


def _until(condition, what):
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"never happened: {what}")
        time.sleep(_LOOK_S)


def _shoal(folder, target, torrent):
    with Background([program("shoal"), "daemon", "--state-dir", folder / "state", "--download-dir", target, "--listen",
                     "127.0.0.1:0", "--no-dht", "--no-lsd", "--rpc-listen", "127.0.0.1:0"], folder / "log") as daemon:
        port = daemon.wait_for(r"control port address=127\.0\.0\.1:(\d+)").group(1)
        run([program("shoal"), "add", torrent, "--rpc", f"127.0.0.1:{port}"]).check_returncode()
        return _by_transmission_rpc(f"http://127.0.0.1:{port}/transmission/rpc", daemon.process.pid)


def _transmission(folder, target, torrent):
    port = 19091
    settings = {"dht-enabled": False, "lpd-enabled": False, "port-forwarding-enabled": False, "rpc-port": port,
                "rpc-bind-address": "127.0.0.1", "download-dir": str(target), "peer-port-random-on-start": True}
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    with Background([tool("transmission-daemon"), "--foreground", "--config-dir", folder], folder / "log") as daemon:
        def answers():
            return run([tool("transmission-remote"), f"127.0.0.1:{port}", "-a", torrent]).returncode == 0
        _until(answers, "transmission-daemon takes the torrent")
        return _by_transmission_rpc(f"http://127.0.0.1:{port}/transmission/rpc", daemon.process.pid)


def _by_transmission_rpc(url, pid):
    session = ""

    def call(method, **arguments):
        nonlocal session
        body = json.dumps({"method": method, "arguments": arguments}).encode()
        for _ in range(2):
            try:
                request = urllib.request.Request(url, body, {"X-Transmission-Session-Id": session})
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.load(answer)["arguments"]
            except urllib.error.HTTPError as error:
                if error.code != 409:
                    raise
                session = error.headers["X-Transmission-Session-Id"]
        raise AssertionError(f"{url} hands out session ids and refuses them")

    def complete():
        shown = call("torrent-get", fields=["percentDone", "status"])["torrents"]
        return bool(shown) and shown[0]["percentDone"] == 1 and shown[0]["status"] not in (1, 2)

    def verify():
        call("torrent-verify")

    return _timed(verify, complete, pid)


def _timed(order, complete, pid):
    _until(complete, "the content is found")
    time.sleep(1)
    start = time.monotonic()
    order()
    seconds = _busy_until(pid, start)
    _until(complete, "the check ends")
    return seconds


def _qbittorrent(folder, target, torrent):
    port = 19092
    config = folder / "profile" / "qBittorrent" / "config"
    config.mkdir(parents=True)
    (config / "qBittorrent.conf").write_text("\n".join([
        "[LegalNotice]", "Accepted=true", "[BitTorrent]", "Session\\DHTEnabled=false", "Session\\LSDEnabled=false",
        "[Network]", "PortForwardingEnabled=false", "[Preferences]", "WebUI\\Address=127.0.0.1", f"WebUI\\Port={port}",
        "WebUI\\LocalHostAuth=false"]) + "\n", encoding="utf-8")
    url = f"http://127.0.0.1:{port}/api/v2/torrents/"

    def state():
        with contextlib.suppress(OSError, ValueError, IndexError):
            with urllib.request.urlopen(url + "info", timeout=60) as answer:
                return json.load(answer)[0]
        return {"state": "away", "progress": 0}

    def complete():
        now = state()
        return now["progress"] == 1 and not now["state"].startswith("checking")

    def verify():
        urllib.request.urlopen(url + "recheck", urllib.parse.urlencode({"hashes": "all"}).encode(), timeout=60).close()

    with Background(["/usr/bin/env", f"HOME={folder}", tool("qbittorrent-nox"), f"--profile={folder / 'profile'}",
                     f"--save-path={target}", "--add-paused=false", "--skip-dialog=true", torrent], folder / "log") as client:
        return _timed(verify, complete, client.process.pid)


def _aria2(folder, target, torrent):
    # It has no order for it: a whole run that only checks, a tenth of a second of start included.
    start = time.monotonic()
    done = run([tool("aria2c"), "--no-conf", f"--dir={target}", "--hash-check-only=true", "--check-integrity=true",
                "--enable-dht=false", "--enable-dht6=false", "--summary-interval=0", torrent], timeout=_PATIENCE_S)
    if done.returncode != 0:
        raise AssertionError(f"aria2c failed: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    return time.monotonic() - start


def sha1sum(path):
    """Seconds that one pass of coreutils' SHA-1 takes."""
    start = time.monotonic()
    run([tool("sha1sum"), path], timeout=_PATIENCE_S).check_returncode()
    return time.monotonic() - start


_WAYS = {"shoal": _shoal, "qbittorrent": _qbittorrent, "transmission": _transmission, "aria2": _aria2}
