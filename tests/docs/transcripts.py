"""The transcripts in the documents: finds them, runs them with the real programs, compares what is printed.

    tests/docs/transcripts.py check  BIN [DOCUMENT]...     exit code 1 where a document says something else
    tests/docs/transcripts.py update BIN [DOCUMENT]...     writes what the programs print now into the documents
    tests/docs/transcripts.py renew  BIN [DOCUMENT]...     the same, with times and rates too that were right in their form

BIN is the folder of the built programs. A transcript is a fenced block that begins with ```console. A document's blocks
are one session: they run in order, in one shell, in an empty folder, in a network of their own that has the address
10.0.0.1. Needs root for that network.

In a block
  $ COMMAND      is run; the lines after it are what it prints, to both outputs. A `\\` at the end goes on in the next line.
  [...]          stands for any number of lines, or none
  ^C             in the output: the command goes on in the background until the session ends and gets Ctrl-C then; what
                 follows is what it prints then
A comment before a block, `<!-- transcript setup` with a line a command, is run and not shown; SHOAL_ROOT and SHOAL_BIN
name the repository and the built programs there.

What differs from run to run (times, rates, amounts under way) is compared by its form alone; in a block that begins with
```console loose every number is. Info-hashes and sizes are compared as they are.
"""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from shoal_testing import namespaces
from shoal_testing.tools import tool

# What the documents call the folder that a session runs in.
SHOWN_FOLDER = "/home/me"

# Commands that only look. They are repeated until they show what the document shows: a reader would look again, too.
_LOOKS = re.compile(r"^(transmission-remote( -t \d+)? -[li]|shoal (list|status|top --once)|ls)\b")
_LOOK_FOR = 60  # seconds
_COMMAND_LIMIT = 120

_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
_NUMBER = r"\d+(?:\.\d+)?"
_VARIES = [
    (re.compile(_TIME), "TIME"),
    (re.compile(r"milliseconds=\d+"), "milliseconds=N"),
    (re.compile(rf"\b{_NUMBER} [kMG]?B/s"), "RATE"),
    (re.compile(rf"\bin {_NUMBER} ?(ms|s)\b"), "in DURATION"),
    (re.compile(rf"\b{_NUMBER} [KMG]iB (sent|free)"), r"SIZE \1"),
    (re.compile(r"\b\d+ allowed"), "N allowed"),
    (re.compile(r',"(eta|slow|slow_why|stalled)":("[^"]*"|[\d.]+)'), ""),
    (re.compile(r'"(elapsed|rate|rate_down|rate_up|percent|pieces_done|bytes_done|downloaded|uploaded|peers|seeds|leechers)":'
                rf"{_NUMBER}"), r'"\1":N'),
]
_LOOSE = [
    (re.compile(r"\[[#-]+\]"), "[BAR]"),
    (re.compile(_NUMBER), "N"),
    (re.compile(r"\bN (sec|min|hr|second|minute|hour)s?\b|\bUnknown\b"), "N"),
    (re.compile(r" +"), " "),
]


class Command:
    """One `$` line with what the document says that it prints."""

    def __init__(self, text, first, hidden=False, loose=False):
        self.text = text
        self.first = first  # index of the first line after it
        self.expected = []
        self.hidden = hidden
        self.loose = loose

    @property
    def stays(self):
        return "^C" in self.expected


class Document:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.lines = self.path.read_text().split("\n")
        self.commands = list(self._parse())

    def _parse(self):
        inside = None  # "setup", "console" or None
        command = None
        for number, line in enumerate(self.lines):
            if inside is None:
                if line.strip() == "<!-- transcript setup":
                    inside = "setup"
                elif line.startswith("```console"):
                    inside, loose, command = "console", "loose" in line.split(), None
                elif line.startswith("```"):
                    inside = "other"
            elif inside == "setup":
                if line.strip() == "-->":
                    inside = None
                else:
                    yield Command(line, number + 1, hidden=True)
            elif line.startswith("```"):
                if command is not None:
                    yield command
                inside = command = None
            elif inside == "console":
                if command is not None and command.text.endswith("\\") and not command.expected:
                    command.text = command.text[:-1] + line.strip()
                    command.first = number + 1
                elif line.startswith("$ "):
                    if command is not None:
                        yield command
                    command = Command(line[2:], number + 1, loose=loose)
                elif command is None:
                    raise ValueError(f"{self.path}:{number + 1}: a transcript begins with `$ COMMAND`")
                else:
                    command.expected.append(line)

    def replace(self, found):
        """Writes what was printed. @param found  lines by command"""
        for command in reversed(self.commands):
            if command in found:
                self.lines[command.first:command.first + len(command.expected)] = found[command]
        self.path.write_text("\n".join(self.lines))


def form(line, loose=False):
    """A line without what differs from run to run."""
    for pattern, replacement in _VARIES + (_LOOSE if loose else []):
        line = pattern.sub(replacement, line)
    return line.rstrip()


def matches(expected, actual, loose=False):
    """Whether these lines say the same. `[...]` in the expected ones stands for any number of lines."""
    if not expected:
        return not actual
    if expected[0].strip() == "[...]":
        return any(matches(expected[1:], actual[skipped:], loose) for skipped in range(len(actual) + 1))
    return bool(actual) and form(expected[0], loose) == form(actual[0], loose) and matches(expected[1:], actual[1:], loose)


class Session:
    """A shell in a folder and a network of its own; what it prints goes to one file a command."""

    def __init__(self, programs):
        self._programs = pathlib.Path(programs).resolve()
        self._running = []  # (command, process, file)
        self._count = 0

    def __enter__(self):
        if os.geteuid() != 0:
            raise AssertionError("network namespaces need root: run this as root")
        self._stack = contextlib.ExitStack()
        self.folder = pathlib.Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="shoal-docs-")))
        self._logs = pathlib.Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="shoal-docs-logs-")))
        self._namespace = f"shoal-docs-{os.getpid()}"
        self._stack.callback(namespaces.remove, [self._namespace])
        for arguments in (["netns", "add", self._namespace], ["-n", self._namespace, "link", "set", "lo", "up"],
                          ["-n", self._namespace, "address", "add", "10.0.0.1/24", "dev", "lo"]):
            subprocess.run([tool("ip"), *arguments], check=True)
        self._shell = self._start("exec bash --noprofile --norc", subprocess.PIPE, self._log()[0])
        self._stack.callback(self._shell.kill)
        return self

    def __exit__(self, *_):
        self._stack.close()

    def run(self, command):
        """The lines that it prints."""
        if command.stays:
            return self._start_and_leave(command)
        if not _LOOKS.match(command.text):
            return self._once(command.text)
        deadline = time.monotonic() + _LOOK_FOR
        while True:
            printed = self._once(command.text)
            if matches(command.expected, printed, command.loose) or time.monotonic() > deadline:
                return printed
            time.sleep(0.2)

    def end(self):
        """Sends Ctrl-C to what still runs, the last first. @return all that each has printed, by command"""
        printed = {}
        for command, process, log in reversed(self._running):
            before = self._read(log)
            process.send_signal(signal.SIGINT)
            process.wait(60)
            printed[command] = before + ["^C"] + self._read(log)[len(before):]
        return printed

    def _once(self, text):
        log, path = self._log()
        log.close()
        done = path.with_suffix(".done")
        # The exit code is put back, so that the next command can ask for it.
        line = f"{{ {text.replace(SHOWN_FOLDER, str(self.folder))}\n}} </dev/null >'{path}' 2>&1; last=$?; : >'{done}'; (exit $last)\n"
        self._shell.stdin.write(line)
        self._shell.stdin.flush()
        deadline = time.monotonic() + _COMMAND_LIMIT
        while not done.exists():
            if time.monotonic() > deadline or self._shell.poll() is not None:
                raise AssertionError(f"`{text}` did not end:\n{path.read_text()}")
            time.sleep(0.01)
        return self._read(path)

    def _start_and_leave(self, command):
        log, path = self._log()
        process = self._start(f"exec {command.text}", subprocess.DEVNULL, log)
        self._running.append((command, process, path))
        wanted = command.expected[:command.expected.index("^C")]
        deadline = time.monotonic() + 30
        while not matches(wanted, self._read(path), command.loose):
            if time.monotonic() > deadline or process.poll() is not None:
                break  # what it printed instead is compared, and told
            time.sleep(0.02)
        return None

    def _start(self, text, stdin, out):
        environment = {"PATH": f"{self._programs}:{os.environ['PATH']}:/usr/sbin:/sbin", "HOME": str(self.folder),
                       "LANG": "C.UTF-8", "SHOAL_BIN": str(self._programs), "SHOAL_ROOT": str(ROOT)}
        # A line at a time, as on a terminal: else an error would stand before what was printed earlier.
        return subprocess.Popen([tool("ip"), "netns", "exec", self._namespace, "stdbuf", "-oL", "bash", "-c", text],
                                cwd=self.folder, stdin=stdin, stdout=out, stderr=subprocess.STDOUT, text=True, env=environment)

    def _log(self):
        self._count += 1
        path = self._logs / f"{self._count}.log"
        return open(path, "w"), path

    def _read(self, path):
        text = path.read_text(errors="replace").replace(str(self.folder), SHOWN_FOLDER)
        return text.split("\n")[:-1] if text.endswith("\n") else text.split("\n") if text else []


def run(document, programs):
    """(command, printed lines) for each command of the document whose output is shown."""
    shown = {}
    with Session(programs) as session:
        for command in document.commands:
            printed = session.run(command)
            if not command.hidden:
                shown[command] = printed
            elif session_failed(session):
                raise AssertionError(f"{document.path}: setup `{command.text}` failed: {printed}")
        shown.update(session.end())
    return shown


def session_failed(session):
    return session._once("echo $?") != ["0"]


def differences(document, printed):
    """What the document says otherwise, in words."""
    for command, actual in printed.items():
        if not matches(command.expected, actual, command.loose):
            yield (f"{document.path.relative_to(ROOT)}:{command.first}: $ {command.text}\n--- the document says\n"
                   + "\n".join(command.expected) + "\n--- the program says\n" + "\n".join(actual) + "\n")


def documents():
    """Those that have transcripts."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [path for path in found if "\n```console" in path.read_text()]


def main(arguments):
    if len(arguments) < 2 or arguments[0] not in ("check", "update", "renew"):
        print(__doc__, file=sys.stderr)
        return 2
    failed = False
    for path in [pathlib.Path(name).resolve() for name in arguments[2:]] or documents():
        document = Document(path)
        printed = run(document, arguments[1])
        if arguments[0] != "check":
            document.replace({command: lines for command, lines in printed.items()
                              if not matches(command.expected, lines, command.loose)
                              or arguments[0] == "renew" and "[...]" not in command.expected})
            continue
        for difference in differences(document, printed):
            failed = True
            print(difference)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
