"""`shoal-tracker` with a database, killed."""

import contextlib
import json
import signal
import time
import urllib.error
import urllib.request

from shoal_testing.processes import Background
from shoal_testing.tools import program

from .scenario import LONGEST, Scenario, require


class TrackerDatabase(Scenario):
    """`shoal-tracker` with a database: torrents that it said are registered."""

    TOKEN = "a-long-admin-token"

    def request(self, port, body=None):
        return urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/torrents", data=body, headers={"Authorization": f"Bearer {self.TOKEN}"})

    def prepare(self):
        (self.folder / "target").mkdir()
        self.confirmed = set()
        self.torrents = [self.shared.torrent, self.shared.old_torrent]

    def start(self, log, environment=None):
        return Background([program("shoal-tracker"), "--listen", "127.0.0.1:0", "--db", self.folder / "target" / "tracker.db",
                           "--admin-token", self.TOKEN], self.folder / log, env=environment)

    def port(self, tracker):
        end = time.monotonic() + LONGEST
        while "listening" not in tracker.output():
            if tracker.process.poll() is not None:
                require(tracker.process.returncode == -signal.SIGKILL, f"ended with {tracker.process.returncode}:\n{tracker.output()}")
                return None
            require(time.monotonic() < end, "does not start:\n" + tracker.output())
            time.sleep(0.005)
        return int(tracker.wait_for(r"listening .*127\.0\.0\.1:(\d+)").group(1))

    def work(self, environment):
        tracker = self.start("killed.log", environment)
        try:
            port = self.port(tracker)
            for torrent in self.torrents if port else []:
                with contextlib.suppress(urllib.error.URLError, ConnectionError, OSError):
                    with urllib.request.urlopen(self.request(port, torrent.read_bytes()), timeout=20) as answer:
                        require(answer.status == 201, f"answered {answer.status}")
                        self.confirmed.update(json.loads(answer.read())["info_hashes"])
            if tracker.process.poll() is None:
                tracker.stop()
            code = tracker.process.wait(LONGEST)
            require(code in (0, -signal.SIGKILL), f"ended with {code}:\n{tracker.output()}")
            return code == -signal.SIGKILL
        finally:
            tracker.stop()

    def go_on(self):
        self.tracker = self.start("again.log")

    def close(self):
        self.tracker.stop()

    def check(self):
        try:
            port = self.port(self.tracker)
            with urllib.request.urlopen(self.request(port), timeout=20) as answer:
                known = answer.read().decode()
            for info_hash in self.confirmed:
                require(info_hash in known, f"a registered torrent is gone: {info_hash}")
        finally:
            code = self.tracker.stop()
        require(code == 0, f"the second run ended with {code}:\n{self.tracker.output()}")
