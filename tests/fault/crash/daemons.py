"""`shoal daemon`, killed."""

import contextlib
import json
import pathlib
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
import uuid

from shoal_testing.processes import Background, wait_until
from shoal_testing.tools import program, tool

from .scenario import LONGEST, Broken, Scenario, require, tree


class Daemon(Scenario):
    """`shoal daemon` with a list of steps. What it confirmed before it was killed must hold after the next start."""

    def watched(self):
        return [self.folder / "state", self.folder / "target", self.folder / "other", self.folder / "watch"]

    def prepare(self):
        self.rebooted = ()
        self.target = self.folder / "target"
        self.target.mkdir()
        self.other = self.folder / "other"
        self.runs = self.folder / "hooks"
        self.hook = self.folder / "hook"
        self.hook.write_text(f'#!/bin/sh\necho "$SHOAL_HOOK_HASH" >>{self.runs}\n')
        self.hook.chmod(0o755)
        self.confirmed = []

    def start(self, log, environment=None):
        daemon = Background([*self.rebooted, program("shoal"), "daemon", "--state-dir", self.folder / "state", "--download-dir", self.target,
                             "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd", "--rpc-listen", "127.0.0.1:0", "--on-done", self.hook],
                            self.folder / log, env=environment)
        return daemon

    def ready(self, daemon):
        """Its control port is there; False where it was killed before."""
        end = time.monotonic() + LONGEST
        while "control port address=" not in daemon.output():
            if daemon.process.poll() is not None:
                require(daemon.process.returncode == -signal.SIGKILL, f"ended with {daemon.process.returncode}:\n{daemon.output()}")
                return False
            require(time.monotonic() < end, "does not start:\n" + daemon.output())
            time.sleep(0.005)
        daemon.port = int(daemon.wait_for(r"control port address=127\.0\.0\.1:(\d+)").group(1))
        daemon.session = None
        return True

    def rpc(self, daemon, method, **arguments):
        body = json.dumps({"method": method, "arguments": {k.replace("_", "-"): v for k, v in arguments.items()}}).encode()
        for _ in range(2):
            request = urllib.request.Request(f"http://127.0.0.1:{daemon.port}/transmission/rpc", data=body,
                                             headers={"X-Transmission-Session-Id": daemon.session or ""})
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    said = json.loads(answer.read())
                    require(said["result"] == "success", f"{method}: {said['result']}")
                    return said["arguments"]
            except urllib.error.HTTPError as error:
                with error:
                    daemon.session = error.headers["X-Transmission-Session-Id"]
        raise Broken(f"{method}: no session")

    def torrents(self, daemon):
        return self.rpc(daemon, "torrent-get", fields=["id", "hashString", "name", "downloadDir", "leftUntilDone", "doneDate", "status", "error",
                                                       "errorString", "percentDone"])["torrents"]

    def wait_done(self, daemon):
        """Everything that it has is complete and in its place."""
        def done():
            rows = self.torrents(daemon)
            require(not [r for r in rows if r["error"] == 3], f"an error: {[r['errorString'] for r in rows]}")
            return all(r["leftUntilDone"] == 0 and r["doneDate"] > 0 and r["status"] == 6 for r in rows) and rows
        return wait_until(done, "the end of the downloads", LONGEST)

    def work(self, environment):
        daemon = self.start("killed.log", environment)
        try:
            if self.ready(daemon):
                with contextlib.suppress(urllib.error.URLError, ConnectionError, OSError, AssertionError) as _:
                    self.guarded_steps(daemon)
                if daemon.process.poll() is None:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        daemon.process.wait(0.2)
                if daemon.process.poll() is None:
                    daemon.stop()
            code = daemon.process.wait(LONGEST)
            require(code in (0, -signal.SIGKILL), f"ended with {code}:\n{daemon.output()}")
            if self.failure and code == 0:
                raise self.failure
            return code == -signal.SIGKILL
        finally:
            daemon.stop()

    def guarded_steps(self, daemon):
        self.failure = None
        try:
            self.steps(daemon)
        except Exception as failure:  # of the daemon that is killed, or a defect: its end tells which
            self.failure = failure
            raise

    failure = None

    def add(self, daemon):
        self.rpc(daemon, "torrent-add", filename=str(self.shared.torrent))
        self.confirmed.append("added")

    def steps(self, daemon):
        self.add(daemon)
        self.wait_done(daemon)
        self.confirmed.append("done")

    def check_at_once(self):
        if self.power_cut:
            return  # see repair()
        for folder in (self.target, self.other):
            if (folder / "set").exists():
                for name, value in tree(folder / "set").items():
                    require(value in (self.shared.new.get(name), self.shared.old.get(name)), f"{name} is neither old nor new")

    def go_on(self):
        if self.power_cut:
            boot = self.folder / "boot"
            boot.write_text(f"{uuid.uuid4()}\n")
            self.rebooted = (tool("unshare"), "--mount", "sh", "-c", f'mount --bind {boot} /proc/sys/kernel/random/boot_id && exec "$@"', "sh")
        self.daemon = self.start("again.log")
        require(self.ready(self.daemon), "does not start again")

    def close(self):
        self.daemon.stop()

    def check(self):
        try:
            if self.power_cut:
                self.repair(self.daemon)
            self.check_again(self.daemon)
            require("set aside" not in self.daemon.output(), "a state file was damaged:\n" + self.daemon.output())
        finally:
            code = self.daemon.stop()
        require(code == 0, f"the second run ended with {code}")

    def repair(self, daemon):
        """What the documents tell to do after a power cut: have replaced what is not the content any more."""
        if not self.torrents(daemon):
            return

        def settled():
            row = self.torrents(daemon)[0]
            if row["error"] == 3:
                self.rpc(daemon, "torrent-start", ids=1)
            return row["status"] == 6 and row["leftUntilDone"] == 0 and tree(self.target / "set") == self.shared.new
        wait_until(settled, "the content after a power cut", LONGEST)

    def check_again(self, daemon):
        rows = self.torrents(daemon)
        require("added" not in self.confirmed or rows, "a confirmed torrent is gone")
        if rows:
            self.wait_done(daemon)
            self.check_content(self.target)
            wait_until(self.runs.exists, "the hook", LONGEST)

    def check_content(self, folder):
        require(tree(folder / "set") == self.shared.new, f"content is {sorted(tree(folder / 'set'))}")
        wait_until(lambda: not list(folder.glob(".shoal-*")), "the hidden folder gone", LONGEST)


class DaemonAdd(Daemon):
    pass


class DaemonOver(Daemon):
    """A new version over an old one that is kept."""

    def prepare(self):
        super().prepare()
        shutil.copytree(self.shared.old_content, self.target / "set")

    def add(self, daemon):
        self.rpc(daemon, "torrent-add", filename=str(self.shared.torrent), replace=True, keep_old=True)
        self.confirmed.append("added")

    def check_again(self, daemon):
        super().check_again(daemon)
        if self.torrents(daemon):
            kept = [tree(p) for p in self.target.glob("set.old*")]
            require(self.shared.old in kept, f"the old content is gone: {sorted(p.name for p in self.target.iterdir())}")


class DaemonChoose(Daemon):
    """Files that are chosen when another is in its place."""

    def steps(self, daemon):
        self.rpc(daemon, "torrent-add", filename=str(self.shared.torrent), files_unwanted=[1, 2])
        self.confirmed.append("added")
        self.wait_done(daemon)
        self.rpc(daemon, "torrent-set", ids=1, files_wanted=[1, 2])
        self.confirmed.append("chosen")
        wait_until(lambda: tree(self.target / "set") == self.shared.new, "all files", LONGEST)
        self.wait_done(daemon)

    def check_again(self, daemon):
        rows = self.torrents(daemon)
        require("added" not in self.confirmed or rows, "a confirmed torrent is gone")
        if not rows:
            return
        self.wait_done(daemon)
        found = tree(self.target / "set")
        require(found.get("a.bin") == self.shared.new["a.bin"], f"the first file is not there: {sorted(found)}")
        require(found in (self.shared.new, {"a.bin": self.shared.new["a.bin"]}), f"content is {sorted(found)}")
        if found != self.shared.new:
            self.rpc(daemon, "torrent-set", ids=1, files_wanted=[1, 2])
            wait_until(lambda: tree(self.target / "set") == self.shared.new, "all files", LONGEST)
            self.wait_done(daemon)
        self.check_content(self.target)
        wait_until(self.runs.exists, "the hook", LONGEST)


class DaemonMove(Daemon):
    def steps(self, daemon):
        super().steps(daemon)
        self.rpc(daemon, "torrent-set-location", ids=1, location=str(self.other), move=True)
        wait_until(lambda: self.torrents(daemon)[0]["downloadDir"] == str(self.other), "the move", LONGEST)
        self.confirmed.append("moved")

    def check_again(self, daemon):
        rows = self.torrents(daemon)
        require("added" not in self.confirmed or rows, "a confirmed torrent is gone")
        if rows:
            rows = self.wait_done(daemon)
            folder = pathlib.Path(rows[0]["downloadDir"])
            require("moved" not in self.confirmed or folder == self.other, "a confirmed move is undone")
            self.check_content(folder)


class DaemonRemove(Daemon):
    def steps(self, daemon):
        super().steps(daemon)
        self.rpc(daemon, "torrent-remove", ids=1, delete_local_data=True)
        self.confirmed.append("removed")
        wait_until(lambda: not list(self.target.iterdir()), "the content gone", LONGEST)

    def check_at_once(self):
        pass  # it is being deleted, file by file

    def check_again(self, daemon):
        rows = self.torrents(daemon)
        if "removed" in self.confirmed or not rows:
            require(not rows, "a removed torrent is back")
            if "removed" in self.confirmed:
                wait_until(lambda: not list(self.target.iterdir()), "the content gone", LONGEST)
            return
        super().check_again(daemon)
