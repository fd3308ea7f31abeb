"""Man pages and completions: made by the programs themselves, without warnings, and shells make use of them."""

import os
import pathlib
import re
import tempfile
import unittest
import unittest.mock

from shoal_testing.processes import run
from shoal_testing.tools import program, tool

PROGRAMS = ("shoal", "shoal-tracker", "torrentgen")


def generate(name, what):
    made = run([program(name), "--generate", what])
    if made.returncode != 0:
        raise AssertionError(made.stderr)
    return made.stdout


class Manual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="shoal-manual-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        build = pathlib.Path(os.environ["SHOAL_BIN"]).parent
        installed = run([tool("cmake"), "--install", build, "--prefix", cls.folder])
        if installed.returncode != 0:
            raise AssertionError(installed.stderr)
        cls.share = cls.folder / "share"
        cls.pages = sorted((cls.share / "man" / "man1").iterdir())

    def test_a_page_for_every_program_and_command(self):
        expected = set(PROGRAMS)
        for name in PROGRAMS:
            expected |= {f"{name}-{command}" for command in generate(name, "commands").split()}
        self.assertEqual({page.stem for page in self.pages}, expected)
        self.assertIn("shoal-get", expected)

    def test_renders_without_warnings(self):
        for page in self.pages:
            with self.subTest(page.name):
                rendered = run([tool("groff"), "-man", "-ww", "-Tutf8", page])
                self.assertEqual((rendered.returncode, rendered.stderr), (0, ""))
                self.assertIn("EXIT STATUS", re.sub(r".\x08", "", rendered.stdout))
                lint = run([tool("mandoc"), "-Tlint", "-Wwarning", page])
                self.assertEqual((lint.returncode, lint.stdout), (0, ""))

    def test_a_page_tells_what_help_tells(self):
        shown = run([tool("mandoc"), "-Tutf8", self.share / "man" / "man1" / "shoal-get.1"]).stdout
        shown = re.sub(r".\x08", "", shown)
        for word in ("--files GLOB", "SHOAL_GET_FILES", "Network", "shoal get model.torrent -o /srv/models --timeout 10m", "130"):
            self.assertIn(word, shown)
        self.assertNotIn("--generate", shown)

    def test_every_page_has_the_options_of_its_help(self):
        def options(text):
            return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))

        for name in PROGRAMS:
            for command in ("", *generate(name, "commands").split()):
                with self.subTest(name, command=command):
                    words = [command] if command else []
                    told = options(run([program(name), *words, "--help-all"]).stdout)
                    page = self.share / "man" / "man1" / f"{'-'.join([name, *words])}.1"
                    shown = options(re.sub(r".\x08", "", run([tool("mandoc"), "-Tutf8", page]).stdout))
                    self.assertIn("--version", shown) if not command else self.assertIn("--help", told)
                    self.assertEqual(told - shown - {"--an-option"}, set(), "not in the page")
                    self.assertEqual(shown - told - {"--config", "--version", "--help", "--help-all"}, set(), "not in the help")

    def test_an_unknown_document(self):
        refused = run([program("shoal"), "--generate", "nonsense"])
        self.assertEqual(refused.returncode, 2)
        self.assertIn("man-COMMAND", refused.stderr)

    def bash(self, *words):
        """What bash offers for the last word."""
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                  'complete -p "$1" | sed "s/.*-F \\([^ ]*\\) .*/\\1/" >"$TMPDIR/function"; "$(cat "$TMPDIR/function")"; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = run([tool("bash"), "-uc", script, "bash", self.share / "bash-completion" / "completions" / words[0], *words],
                   env={**os.environ, "TMPDIR": str(self.folder)})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def fish(self, line):
        script = f"source {self.share}/fish/vendor_completions.d/{line.split()[0]}.fish; complete -C '{line}'"
        done = run([tool("fish"), "--no-config", "-c", script], env={**os.environ, "HOME": str(self.folder)})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [candidate.split("\t")[0] for candidate in done.stdout.splitlines()]

    def test_bash(self):
        self.assertEqual(self.bash("shoal", "")[:4], ["get", "seed", "share", "dht-node"])
        self.assertEqual(self.bash("shoal", "da"), ["daemon"])
        self.assertEqual(self.bash("shoal", "l"), ["list", "ls", "limit"])
        self.assertEqual(self.bash("shoal", "help", "dae"), ["daemon"])
        self.assertEqual(self.bash("shoal", "ls", "--sta"), ["--state"])
        self.assertEqual(self.bash("shoal", "get", "--no-"), ["--no-dht", "--no-lsd", "--no-pex"])
        self.assertEqual(self.bash("shoal", "daemon", "--log-format", ""), ["text", "json"])
        self.assertEqual(self.bash("shoal", "fleet", "l"), ["list", "limit"])
        self.assertEqual(self.bash("shoal", "fleet", "add", "--hos"), ["--host-timeout"])
        (self.folder / "a folder").mkdir(exist_ok=True)
        self.assertEqual(self.bash("shoal", "get", "-o", f"{self.folder}/a"), [f"{self.folder}/a", "folder"])
        self.assertEqual(self.bash("shoal", "get", "--timeout", ""), [])
        self.assertEqual(self.bash("shoal-tracker", "--db"), ["--db"])
        self.assertEqual(self.bash("torrentgen", "create", "--piece"), ["--piece-size"])

    def test_the_daemons_torrents_are_offered(self):
        """By a program that stands for the daemon's end: it says what `shoal list --for-completion` says."""
        programs = self.folder / "programs"
        programs.mkdir()
        stand_in = programs / "shoal"
        stand_in.write_text("#!/bin/sh\n[ \"$*\" = 'list --for-completion' ] && printf '3\\tmodel.bin\\n7\\ttwo words\\n8\\t$(touch oops)\\n'\n")
        stand_in.chmod(0o755)
        path = f"{programs}:{os.environ['PATH']}"
        with unittest.mock.patch.dict(os.environ, PATH=path):
            self.assertEqual(self.bash("shoal", "pause", ""), ["3", "model.bin", "7", "8"])
            self.assertEqual(self.bash("shoal", "rm", "mo"), ["model.bin"])
            self.assertEqual(self.fish("shoal pause "), ["3", "7", "8"])
            self.assertEqual(self.fish("shoal start "), ["3", "7", "8"])
        self.assertFalse(pathlib.Path("oops").exists())

    def test_fish(self):
        self.assertIn("get", self.fish("shoal "))
        self.assertEqual(sorted(self.fish("shoal get --no")), ["--no-dht", "--no-lsd", "--no-pex"])
        self.assertEqual(sorted(self.fish("shoal daemon --log-format ")), ["json", "text"])
        self.assertIn("verify", self.fish("shoal fleet "))
        self.assertIn("--db", self.fish("shoal-tracker --d"))

    def test_zsh(self):
        for name in PROGRAMS:
            script = self.share / "zsh" / "site-functions" / f"_{name}"
            self.assertTrue(script.read_text().startswith(f"#compdef {name}\n"))
            checked = run([tool("zsh"), "-fn", script])
            self.assertEqual((checked.returncode, checked.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
