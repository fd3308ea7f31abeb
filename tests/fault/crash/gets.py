"""`shoal get` and `torrentgen create`, killed."""

import os
import shutil

from shoal_testing.clients import make_torrent
from shoal_testing.processes import run
from shoal_testing.tools import program

from .scenario import Scenario, require, tree


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
        # Only so it promises anything about a power cut.
        sync = ["--sync"] if self.power_cut else []
        return [program("shoal"), "get", self.shared.torrent, "-o", self.target, "--peer", self.shared.address, "--listen", "127.0.0.1:0",
                "--no-dht", "--no-lsd", "--seed-for", "0", "--timeout", "30s", "--on-done", f"echo done >>{self.hooks}", *sync, *self.OPTIONS]

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
