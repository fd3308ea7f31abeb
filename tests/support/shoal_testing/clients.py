"""Trackers and clients, ours and others', as the tests start them on a host."""

import json
import pathlib

from .processes import Background, run
from .tools import program, tool

TRACKER_PORT = 6969


def announce_url(host):
    return f"http://{host.address}:{TRACKER_PORT}/announce"


def shoal_tracker(folder, host):
    """shoal-tracker on every address of `host`; ready on return."""
    tracker = Background(
        [program("shoal-tracker"), "--listen", f"0.0.0.0:{TRACKER_PORT}", "--listen", f"[::]:{TRACKER_PORT}",
         "--db", pathlib.Path(folder) / "tracker.db", "--interval", "5s"],
        pathlib.Path(folder) / "tracker.log", host)
    tracker.wait_for(rf"listening .*:{TRACKER_PORT}")
    return tracker


def opentracker(folder, host, info_hash, **options):
    """Debian's opentracker, which serves only the info-hashes of its whitelist."""
    folder = pathlib.Path(folder)
    whitelist = folder / "whitelist"
    whitelist.write_text(info_hash + "\n")
    # Started as root it drops to `nobody` and makes the folder its root, so the whitelist is named from there.
    folder.chmod(0o755)
    tracker = Background(
        [tool("opentracker"), "-i", host.address, "-p", TRACKER_PORT, "-P", TRACKER_PORT, "-d", folder, "-w", f"/{whitelist.name}"],
        folder / "opentracker.log", host, **options)
    wait_for_port(host, TRACKER_PORT)
    return tracker


def wait_for_port(host, port):
    """Until somebody accepts connections there, seen from `host` itself."""
    run(["python3", "-c", _WAIT_FOR_PORT, host.address, str(port)], host=host).check_returncode()


_WAIT_FOR_PORT = """
import socket, sys, time
for attempt in range(300):
    try:
        socket.create_connection((sys.argv[1], int(sys.argv[2])), 1).close()
        sys.exit(0)
    except OSError:
        time.sleep(0.05)
sys.exit("nothing listens on %s:%s" % tuple(sys.argv[1:]))
"""


def aria2(folder, torrent, target, host, seed=False):
    """aria2 downloading `torrent` into `target`, with the tracker as its only way to find peers."""
    return Background(
        [tool("aria2c"), "--no-conf", f"--dir={target}", f"--seed-time={9999 if seed else 0}",
         "--enable-dht=false", "--enable-dht6=false", "--bt-enable-lpd=false", "--enable-peer-exchange=false",
         "--bt-tracker-interval=2", "--file-allocation=none", "--check-integrity=true", "--summary-interval=0",
         "--listen-port=6881", torrent],
        pathlib.Path(folder) / f"aria2-{pathlib.Path(target).name}.log", host)


def transmission(folder, torrent, target, host):
    """transmission-cli on `torrent`: it seeds what it finds in `target` and downloads the rest."""
    folder = pathlib.Path(folder)
    configuration = folder / f"transmission-{pathlib.Path(target).name}"
    configuration.mkdir()
    # With its DHT it would look up public routers.
    (configuration / "settings.json").write_text(json.dumps({"dht-enabled": False}))
    return Background(
        [tool("transmission-cli"), "--config-dir", configuration,
         "--no-portmap", "--no-uplimit", "--no-downlimit", "--port", "51413", "--download-dir", target, torrent],
        folder / f"transmission-{pathlib.Path(target).name}.log", host)


def shoal(folder, command, *args, host=None):
    """`shoal COMMAND ...` in the background."""
    name = f"shoal-{command}-{host.address if host else 'local'}.log"
    return Background([program("shoal"), command, *args], pathlib.Path(folder) / name, host)


def make_torrent(path, torrent, *options):
    """The manifest of `path`; its info-hash (40 hex digits)."""
    done = run([program("torrentgen"), "create", path, "-o", torrent, *options])
    if done.returncode != 0:
        raise AssertionError(f"torrentgen create failed: {done.stderr}")
    shown = run([program("torrentgen"), "show", torrent, "--json"])

    return json.loads(shown.stdout)["info_hash_v1"]
