"""Kills a program at one change of the disk after the other (see crash_point.cpp), starts it again, and looks whether all that it
promises still holds. `python3 crash_points.py [SCENARIO...]` tries every moment and prints a table."""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from shoal_testing.clients import make_torrent
from shoal_testing.content import digest, large_file
from shoal_testing.processes import Background, run, wait_until
from shoal_testing.tools import program

LIBRARY = pathlib.Path(program("shoal")).with_name("libcrash_point.so")
KIB = 1 << 10
PIECE = 64 * KIB
LONGEST = 60  # seconds that a run, or what it waits for, may take


class Broken(AssertionError):
    """A promise that a crash broke."""


def require(holds, what):
    if not holds:
        raise Broken(what)


def crashing(folders, at=0, tear=False, log=None):
    """The environment in which a program is killed at its change number `at` below these folders."""
    plan = {"LD_PRELOAD": str(LIBRARY), "CRASH_UNDER": ":".join(map(str, folders)), "CRASH_AT": str(at), "CRASH_TEAR": "1" if tear else "0"}
    if log:
        plan["CRASH_LOG"] = str(log)
    return {**os.environ, **plan}


def tree(folder):
    """Digest by path, of files."""
    return {str(p.relative_to(folder)): digest(p) for p in sorted(folder.rglob("*")) if p.is_file() and not p.is_symlink()}


class Scenario:
    """One program doing one thing. A subclass prepares `folder`, works until the program ends or is killed, and checks what is
    there after that and after a second run that nothing disturbs."""

    def __init__(self, shared):
        self.shared = shared  # seeds and content that no run changes

    def attempt(self, at, tear=False, log=None):
        """One run. Whether the program was killed."""
        with tempfile.TemporaryDirectory(prefix="shoal-crash-") as name:
            self.folder = pathlib.Path(name)
            self.prepare()
            killed = self.work(crashing(self.watched(), at, tear, log))
            self.check_at_once()
            try:
                self.go_on()
                self.check()
            finally:
                self.close()
            return killed

    def prepare(self):
        pass

    def watched(self):
        return [self.folder / "target"]

    def check_at_once(self):
        pass

    def close(self):
        """Ends what go_on() has started."""

    @staticmethod
    def once(args, environment):
        """Runs it to its end. Whether it was killed by us; any other end but a good one is a defect."""
        done = subprocess.run([str(a) for a in args], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=LONGEST, check=False)
        if done.returncode == -signal.SIGKILL:
            return True
        require(done.returncode == 0, f"exit code {done.returncode}: {done.stderr}")
        return False


class Get(Scenario):
    """`shoal get` of a folder."""

    OPTIONS = ()
    KEEPS = False
    FILES = None  # all of them

    def prepare(self):
        self.target = self.folder / "target"
        self.target.mkdir()
        self.hooks = self.folder / "hooks"

    def args(self):
        return [program("shoal"), "get", self.shared.torrent, "-o", self.target, "--peer", self.shared.address, "--listen", "127.0.0.1:0",
                "--no-dht", "--no-lsd", "--seed-for", "0", "--timeout", "30s", "--on-done", f"echo done >>{self.hooks}", *self.OPTIONS]

    def wanted(self):
        return {name: value for name, value in self.shared.new.items() if not self.FILES or name in self.FILES}

    def old(self):
        return {}

    def work(self, environment):
        return self.once(self.args(), environment)

    def visible(self):
        return {name: value for name, value in tree(self.target).items() if not name.startswith(".shoal-")}

    def check_at_once(self):
        place = self.target / "set"
        if place.exists():
            found = tree(place)
            for name, value in found.items():
                require(value in (self.shared.new.get(name), self.old().get(name)), f"set/{name} is neither old nor new")

    def go_on(self):
        require(not self.once(self.args(), dict(os.environ)), "killed without a reason")

    def check(self):
        found = self.visible()
        expected = {f"set/{name}": value for name, value in {**self.kept_beside(), **self.wanted()}.items()}
        content = {name: value for name, value in found.items() if name.startswith("set/")}
        require(content == expected, f"content is {sorted(content)}, should be {sorted(expected)}")
        if self.KEEPS:
            beside = [{k[len(root) + 1:]: v for k, v in found.items() if k.startswith(root + "/")}
                      for root in {k.split("/")[0] for k in found} if root.startswith("set.old")]
            require(self.old() in beside, f"the old content is gone: {sorted(found)}")
        require(not list(self.target.glob(".shoal-*")), "the hidden folder is left")
        require(self.hooks.exists(), "the hook did not run")

    def kept_beside(self):
        return {}


class GetNew(Get):
    pass


class GetOver(Get):
    """Over an older version, which is kept."""

    OPTIONS = ("--keep-old",)
    KEEPS = True

    def prepare(self):
        super().prepare()
        shutil.copytree(self.shared.old_content, self.target / "set")

    def old(self):
        return self.shared.old


class GetMore(Get):
    """Some files, where others of the torrent are in their place."""

    FILES = ("b.bin", "sub/c.bin")
    OPTIONS = ("--files", "b.bin", "--files", "c.bin")

    def prepare(self):
        super().prepare()
        (self.target / "set").mkdir()
        shutil.copy(self.shared.content / "a.bin", self.target / "set" / "a.bin")

    def kept_beside(self):
        return {"a.bin": self.shared.new["a.bin"]}


class Create(Scenario):
    """`torrentgen create` over an older manifest."""

    def prepare(self):
        (self.folder / "target").mkdir()
        self.output = self.folder / "target" / "set.torrent"
        make_torrent(self.shared.old_content, self.output, "--piece-size", "64KiB")
        self.before = self.output.read_bytes()

    def args(self):
        return [program("torrentgen"), "create", self.shared.content, "-o", self.output, "--piece-size", "64KiB", "--force"]

    def work(self, environment):
        return self.once(self.args(), environment)

    def check_at_once(self):
        now = self.output.read_bytes()
        if now != self.before:
            done = run([program("torrentgen"), "verify", self.output, self.shared.content])
            require(done.returncode == 0, f"half a manifest: {done.stderr}")

    def go_on(self):
        require(not self.once(self.args(), dict(os.environ)), "killed without a reason")

    def check(self):
        self.check_at_once()
        require(self.output.read_bytes() != self.before, "the new manifest is not there")


class Daemon(Scenario):
    """`shoal daemon` with a list of steps. What it confirmed before it was killed must hold after the next start."""

    def watched(self):
        return [self.folder / "state", self.folder / "target", self.folder / "other", self.folder / "watch"]

    def prepare(self):
        self.target = self.folder / "target"
        self.target.mkdir()
        self.other = self.folder / "other"
        self.runs = self.folder / "hooks"
        self.hook = self.folder / "hook"
        self.hook.write_text(f'#!/bin/sh\necho "$SHOAL_HOOK_HASH" >>{self.runs}\n')
        self.hook.chmod(0o755)
        self.confirmed = []

    def start(self, log, environment=None):
        daemon = Background([program("shoal"), "daemon", "--state-dir", self.folder / "state", "--download-dir", self.target,
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
        for folder in (self.target, self.other):
            if (folder / "set").exists():
                for name, value in tree(folder / "set").items():
                    require(value in (self.shared.new.get(name), self.shared.old.get(name)), f"{name} is neither old nor new")

    def go_on(self):
        self.daemon = self.start("again.log")
        require(self.ready(self.daemon), "does not start again")

    def close(self):
        self.daemon.stop()

    def check(self):
        try:
            self.check_again(self.daemon)
            require("set aside" not in self.daemon.output(), "a state file was damaged:\n" + self.daemon.output())
        finally:
            code = self.daemon.stop()
        require(code == 0, f"the second run ended with {code}")

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


SCENARIOS = {"get_new": GetNew, "get_over": GetOver, "get_more": GetMore, "create": Create, "daemon_add": DaemonAdd,
             "daemon_over": DaemonOver, "daemon_choose": DaemonChoose, "daemon_move": DaemonMove, "daemon_remove": DaemonRemove,
             "tracker": TrackerDatabase}


class Shared:
    """Two versions of a folder, their torrents, and a seed of the new one."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.content = self._version("new", 1)
        self.old_content = self._version("old", 2)
        self.new, self.old = tree(self.content), tree(self.old_content)
        self.torrent, self.old_torrent = self.folder / "new.torrent", self.folder / "old.torrent"
        self.tracker = Background([program("shoal-tracker"), "--listen", "127.0.0.1:0", "--db", ":memory:", "--interval", "5s"],
                                  self.folder / "tracker.log")
        port = self.tracker.wait_for(r"listening .*127\.0\.0\.1:(\d+)").group(1)
        options = ["--piece-size", "64KiB", "--announce", f"http://127.0.0.1:{port}/announce"]
        make_torrent(self.content, self.torrent, *options)
        make_torrent(self.old_content, self.old_torrent, *options)
        self.seed = Background([program("shoal"), "seed", self.torrent, self.content, "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd"],
                               self.folder / "seed.log")
        self.address = self.seed.wait_for(r"(127\.0\.0\.1:\d+)").group(1)

    def _version(self, name, number):
        root = self.folder / name / "set"
        (root / "sub").mkdir(parents=True)
        for at, path in enumerate(("a.bin", "b.bin", "sub/c.bin")):  # pieces cross the ends of files
            large_file(root / path, 100 * KIB + 100 * at + number)
        return root

    def close(self):
        self.seed.stop()
        self.tracker.stop()


@contextlib.contextmanager
def shared():
    with tempfile.TemporaryDirectory(prefix="shoal-crash-shared-") as folder:
        both = Shared(folder)
        try:
            yield both
        finally:
            both.close()


def changes_of(scenario):
    """The changes of a run that is not disturbed, in words."""
    with tempfile.NamedTemporaryFile(mode="r", prefix="shoal-changes-") as log:
        require(not scenario.attempt(0, log=log.name), "killed without a reason")
        return log.read().splitlines()


def sample(count, most):
    """`most` of the moments 1 to count, spread over all of them; all where there are no more."""
    return sorted({1 + i * (count - 1) // max(1, most - 1) for i in range(most)}) if count > most else list(range(1, count + 1))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    parser.add_argument("--list", action="store_true", help="name the scenarios")
    parser.add_argument("--from", dest="first", type=int, default=1, metavar="N", help="begin at this moment")
    parser.add_argument("--most", type=int, default=100_000, metavar="N", help="try at most so many moments of each")
    args = parser.parse_args()
    if args.list:
        print("\n".join(SCENARIOS))
        return 0
    unknown = [name for name in args.scenarios if name not in SCENARIOS]
    if unknown:
        parser.error(f"no scenario {unknown[0]}: there are {', '.join(SCENARIOS)}")
    broken = 0
    print(f"{'scenario':<16}{'moments':>9}{'tried':>7}{'killed':>8}{'broken':>8}")
    with shared() as both:
        for name in args.scenarios or SCENARIOS:
            scenario = SCENARIOS[name](both)
            changes = changes_of(scenario)
            tried = killed = failures = 0
            for at in [n for n in sample(len(changes), args.most) if n >= args.first]:
                for tear in (False, True) if changes[at - 1].split()[1].startswith(("write", "pwrite")) else (False,):
                    tried += 1
                    try:
                        killed += scenario.attempt(at, tear)
                    except Exception as failure:  # told, and the others are tried
                        failures += 1
                        print(f"{name} at {at}{' torn' if tear else ''}, {changes[at - 1]}: {failure}", file=sys.stderr, flush=True)
            print(f"{name:<16}{len(changes):>9}{tried:>7}{killed:>8}{failures:>8}", flush=True)
            broken += failures
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
