"""Shell and Python scripts without a finding of their linters, C++ in the format that .clang-format says."""

import re
import unittest

import house
from shoal_testing.processes import run
from shoal_testing.tools import tool


class Linters(unittest.TestCase):
    def clean(self, command, paths, least):
        self.assertGreater(len(paths), least, "where are the files?")
        found = run([*command, *paths], cwd=house.ROOT, timeout=100)
        self.assertEqual((found.returncode, found.stdout + found.stderr), (0, ""), f"\n{found.stdout}{found.stderr}")

    def test_shell_scripts(self):
        self.clean([tool("shellcheck"), "--format=gcc"], house.scripts("sh"), 3)

    def test_python_scripts(self):
        self.clean([tool("pyflakes3")], house.scripts("python"), 50)

    def test_cpp_format(self):
        clang_format = tool("clang-format")
        version = run([clang_format, "--version"]).stdout
        self.assertEqual(re.search(r"version (\d+)", version).group(1), "14",
                         "other versions format otherwise: this is for Debian 12's")
        self.clean([clang_format, "--dry-run", "-Werror"], house.sources(), 300)
