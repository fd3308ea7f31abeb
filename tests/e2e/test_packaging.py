"""What a package needs beside its programs, as far as it can be told without building one: packaging/test-debs.sh does the rest."""

import fnmatch
import os
import pathlib
import re
import tempfile
import unittest

from shoal_testing.processes import run
from shoal_testing.tools import program, tool

ROOT = pathlib.Path(__file__).parents[2]
DEBIAN = ROOT / "packaging" / "debian"
SERVICES = {"shoal": ("shoal", "daemon"), "shoal-tracker": ("shoal-tracker",)}
CONFIGURATIONS = {"shoal": "shoal/daemon.toml", "shoal-tracker": "shoal-tracker/shoal-tracker.toml"}


class Packaging(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="shoal-packaging-")
        cls.addClassCleanup(temporary.cleanup)
        cls.prefix = pathlib.Path(temporary.name) / "local"
        cls.root = pathlib.Path(temporary.name) / "root"
        cls.install(["--prefix", cls.prefix], {})
        cls.install(["--prefix", "/usr"], {"DESTDIR": str(cls.root)})  # as a package does

    @staticmethod
    def install(options, environment):
        build = pathlib.Path(os.environ["SHOAL_BIN"]).parent
        done = run([tool("cmake"), "--install", build, *options], env={**os.environ, **environment})
        if done.returncode != 0:
            raise AssertionError(done.stderr)

    def units(self):
        for name in SERVICES:
            yield name, self.prefix / "lib" / "systemd" / "system" / f"{name}.service"

    def test_systemd_takes_the_units(self):
        for name, unit in self.units():
            with self.subTest(name):
                checked = run([tool("systemd-analyze"), "verify", "--man=no", unit])
                self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))

    def test_the_units_leave_little_open(self):
        for name, unit in self.units():
            with self.subTest(name):
                checked = run([tool("systemd-analyze"), "security", "--offline=true", "--threshold=15", "--no-pager", unit])
                self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_the_configurations_are_valid_and_where_the_units_look(self):
        for root, prefix, folder in ((self.root, "/usr", "/etc"), (pathlib.Path("/"), str(self.prefix), f"{self.prefix}/etc")):
            for name, command in SERVICES.items():
                with self.subTest(name, folder=folder):
                    path = f"{folder}/{CONFIGURATIONS[name]}"
                    unit = root / prefix.lstrip("/") / "lib/systemd/system" / f"{name}.service"
                    started = re.search(r"^ExecStart=(.*)$", unit.read_text(), re.M).group(1)
                    self.assertEqual(started, f"{prefix}/bin/{' '.join(command)} --config {path}")
                    options = ["--state-dir", self.prefix / "state"] if name == "shoal" else []
                    checked = run([program(command[0]), *command[1:], "--config", root / path.lstrip("/"), *options, "--check-config"])
                    self.assertEqual((checked.returncode, checked.stderr), (0, ""))

    def test_a_configuration_that_is_there_is_kept(self):
        path = self.prefix / "etc" / CONFIGURATIONS["shoal"]
        before = path.read_text()
        try:
            path.write_text("[daemon]\nno-dht = true\n")
            self.install(["--prefix", self.prefix], {})
            self.assertEqual(path.read_text(), "[daemon]\nno-dht = true\n")
        finally:
            path.write_text(before)

    def test_the_credentials_are_those_that_the_programs_take(self):
        for name, unit in self.units():
            with self.subTest(name):
                help_text = " ".join(run([program(SERVICES[name][0]), *SERVICES[name][1:], "--help-all"]).stdout.split())
                loaded = set(re.findall(r"^LoadCredential=(\S+)$", unit.read_text(), re.M))
                told = set(re.findall(rf"credential {name}(\.[a-z-]+)\b", help_text))
                by_configuration = {credential for credential in loaded if credential.endswith("key")}
                self.assertEqual(loaded - by_configuration, {name + credential for credential in told})
                for credential in by_configuration:
                    self.assertIn(f'key = "/run/credentials/{unit.name}/{credential}"', unit.read_text())

    def test_every_file_is_in_one_package(self):
        installed = [str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()]
        self.assertGreater(len(installed), 30)
        patterns = [(file.stem, line.split()[0]) for file in DEBIAN.glob("*.install") for line in file.read_text().splitlines()]
        for path in installed:
            with self.subTest(path):
                self.assertEqual(len([package for package, pattern in patterns if fnmatch.fnmatchcase(path, pattern)]), 1)
        for package, pattern in patterns:
            with self.subTest(pattern, package=package):
                self.assertTrue(fnmatch.filter(installed, pattern), "nothing is installed there")

    def test_examples_for_operators_come_along(self):
        examples = self.root / "usr/share/doc/shoal/examples"
        for folder, pattern in (("grafana", "*.json"), ("prometheus", "*.yml"), ("python", "*.py")):
            expected = {path.name: path.read_bytes() for path in (ROOT / "packaging" / folder).glob(pattern)}
            self.assertGreater(len(expected), 1)
            self.assertEqual({path.name: path.read_bytes() for path in (examples / folder).iterdir()}, expected)

    def test_the_packages_have_the_programs_version(self):
        version = re.match(r"shoal \(([^)]+)\)", (DEBIAN / "changelog").read_text()).group(1)
        for name in ("shoal", "shoal-tracker", "torrentgen"):
            self.assertEqual(run([program(name), "--version"]).stdout.split()[1], version)
        for name in SERVICES:
            cluster = (ROOT / "packaging" / "kubernetes" / f"{name}.yaml").read_text()
            self.assertIn(f"image: {name}:{version}\n", cluster)
            self.assertIn(f"mountPath: /etc/{pathlib.Path(CONFIGURATIONS[name]).parent},", cluster)


if __name__ == "__main__":
    unittest.main()
