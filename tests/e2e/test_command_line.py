"""What the three programs' command lines have in common: help that fits a screen, slips of the finger, names, variables."""

import os
import pathlib
import re
import tempfile
import unittest

from shoal_testing.processes import run
from shoal_testing.tools import program

PROGRAMS = ("shoal", "shoal-tracker", "torrentgen")
COLUMNS, LINES = 80, 24


def commands_of(name):
    return run([program(name), "--generate", "commands"]).stdout.split()


def pages():
    """The words of every command line that has help of its own."""
    for name in PROGRAMS:
        yield [name]
        for command in commands_of(name):
            yield [name, command]


def shoal(*words, env=None):
    return run([program(words[0]), *words[1:]], env={**os.environ, **(env or {})})


class Help(unittest.TestCase):
    def test_fits_a_screen_with_two_examples(self):
        for words in pages():
            with self.subTest(" ".join(words)):
                shown = shoal(*words, "--help")
                self.assertEqual((shown.returncode, shown.stderr), (0, ""))
                lines = shown.stdout.splitlines()
                self.assertLessEqual(len(lines), LINES, shown.stdout)
                self.assertLessEqual(max(map(len, lines)), COLUMNS, shown.stdout)
                self.assertEqual(lines[-3], "Examples:", shown.stdout)
                for example in lines[-2:]:
                    self.assertIn(" ".join(words), example)

    def test_has_no_names_of_types(self):
        for words in pages():
            for page in ("--help", "--help-all"):
                shown = shoal(*words, page).stdout
                self.assertNotRegex(shown, r"\b(TEXT:|UINT|INT|FLOAT|NONNEGATIVE|:FILE|Env:|REQUIRED)\b", words)

    def test_names_every_option_and_explains_it_in_the_full_page(self):
        for words in pages():
            if len(words) == 1 and words != ["shoal-tracker"]:
                continue
            with self.subTest(" ".join(words)):
                every = set(re.findall(r"^ +(?:-., )?(--[a-z-]+)", shoal(*words, "--help-all").stdout, re.M))
                shown = set(re.findall(r"--[a-z-]+", shoal(*words, "--help").stdout))
                self.assertIn("--help", every)
                self.assertEqual(every - shown - {"--help", "--help-all"}, set())

    def test_is_a_command_too(self):
        self.assertEqual(shoal("shoal", "help").stdout, shoal("shoal", "--help").stdout)
        self.assertEqual(shoal("shoal", "help", "get").stdout, shoal("shoal", "get", "--help").stdout)
        self.assertEqual(shoal("torrentgen", "help", "edit").stdout, shoal("torrentgen", "edit", "--help").stdout)
        self.assertEqual(shoal("shoal-tracker", "help").stdout, shoal("shoal-tracker", "--help").stdout)
        refused = shoal("shoal", "help", "gte")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("did you mean 'get'?", refused.stderr)


class Slips(unittest.TestCase):
    def test_get_the_nearest_word(self):
        for words, says in ((["shoal", "lst"], "there is no command 'lst': did you mean 'list'?: see 'shoal --help'"),
                            (["shoal", "dowload", "x"], "there is no command 'dowload': see"),
                            (["shoal", "get", "x", "--tiemout", "5s"],
                             "there is no option '--tiemout': did you mean '--timeout'?: see 'shoal get --help'"),
                            (["shoal", "list", "--state", "eror"], "there is no state 'eror': did you mean 'error'?"),
                            (["torrentgen", "crate", "x"], "did you mean 'create'?"),
                            (["torrentgen", "show", "x", "--jsno"], "did you mean '--json'?"),
                            (["shoal-tracker", "--lisen", ":1"], "did you mean '--listen'?"),
                            (["shoal-tracker", "run"], "'run' is one argument too many")):
            with self.subTest(words=words):
                done = shoal(*words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
                self.assertIn(says, done.stderr)


class Names(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="shoal-names-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.content = self.folder / "content.bin"
        self.content.write_bytes(b"x" * 50_000)

    def create(self, *options, env=None):
        torrent = self.folder / "a.torrent"
        torrent.unlink(missing_ok=True)
        done = shoal("torrentgen", "create", self.content, "-o", torrent, *options, env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        return torrent.read_bytes()

    def test_trackers_and_nodes_have_both_names_everywhere(self):
        self.assertEqual(self.create("--tracker", "http://a/announce", "--dht-bootstrap", "10.0.0.1:6881"),
                         self.create("--announce", "http://a/announce", "--dht-node", "10.0.0.1:6881"))
        for names in (("--tracker", "--announce"), ("--dht-bootstrap", "--dht-node")):
            for words in pages():
                if len(words) == 1:
                    continue  # of the whole program: examples alone
                page = shoal(*words, "--help-all").stdout
                found = [name for name in names if re.search(rf"{name}\b(?!-)", page)]
                self.assertIn(len(found), (0, 2), (words, found))

    def test_no_two_commands_share_a_variable_and_hooks_have_their_own(self):
        seen = {}
        for name in PROGRAMS:
            for command in ["", *commands_of(name)]:
                page = shoal(name, "--generate", f"man-{command}" if command else "man").stdout.replace("\\-", "-")
                for variable in re.findall(r"Environment: \\fB(\w+)\\fR", page):
                    self.assertNotIn(variable, seen)
                    self.assertFalse(variable.startswith("SHOAL_HOOK_"), variable)
                    seen[variable] = f"{name} {command}"
        self.assertEqual(seen["SHOAL_GET_OUTPUT"], "shoal get")
        self.assertEqual(seen["SHOAL_SHARE_OUTPUT"], "shoal share")
        self.assertEqual(seen["SHOAL_TRACKER_LISTEN"], "shoal-tracker ")
        self.assertEqual(seen["SHOAL_TORRENTGEN_CREATE_NAME"], "torrentgen create")

    def test_a_hooks_facts_are_no_options(self):
        plain = self.create()
        self.assertNotEqual(self.create(env={"SHOAL_TORRENTGEN_CREATE_NAME": "other"}), plain)
        self.assertNotEqual(self.create(env={"SHOAL_NAME": "other"}), plain, "the name of version 0.1")
        self.assertEqual(self.create(env={"SHOAL_NAME": "other", "SHOAL_HOOK_EVENT": "done"}), plain)


if __name__ == "__main__":
    unittest.main()
