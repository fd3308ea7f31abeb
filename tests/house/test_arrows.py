"""Which folder may include which, and which may see which library: the tables in docs/architecture.md, held to the word."""

import collections
import re
import unittest

import house

DOCUMENT = "docs/architecture.md"
OURS = ("channel", "common", "torrentgen", "tracker", "client", "bench")


def included(path):
    """(line number, name, whether in quotes)"""
    for number, line in enumerate((house.ROOT / path).read_text().split("\n"), 1):
        found = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
        if found:
            yield number, found.group(2), found.group(1) == '"'


class Arrows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.allowed = {house.names(folder)[0]: set(house.names(arrows))
                       for folder, _, arrows in house.table(DOCUMENT, "folder")}
        cls.libraries = {house.names(library)[0]: set(house.names(rooms))
                         for library, rooms in house.table(DOCUMENT, "library")}
        cls.sources = [path for path in house.sources() if path.parts[0] in OURS]

    def test_there_is_something_to_check(self):
        self.assertGreater(len(self.sources), 300)
        self.assertGreater(len(self.allowed), 20)
        self.assertGreater(len(self.libraries), 4)

    def test_every_include_is_an_allowed_arrow(self):
        for path in self.sources:
            folder = str(path.parent)
            for number, name, quoted in included(path):
                if not quoted:
                    continue
                target = str(house.ROOT.joinpath(name).relative_to(house.ROOT).parent)
                if target == folder:
                    continue
                with self.subTest(f"{path}:{number}"):
                    self.assertTrue((house.ROOT / name).is_file(), f"{name}: headers are named from the root of the repository")
                    self.assertIn(target, self.allowed.get(folder, set()),
                                  f"{folder} may not include {target}: move the code, or allow it in {DOCUMENT}")

    def test_every_allowed_arrow_is_used(self):
        used = collections.defaultdict(set)
        for path in self.sources:
            used[str(path.parent)].update(name.rpartition("/")[0] for _, name, quoted in included(path) if quoted)
        for folder, arrows in self.allowed.items():
            with self.subTest(folder):
                self.assertEqual(arrows - used[folder], set(), f"take them out of {DOCUMENT}")

    def test_circles_are_those_that_the_document_names(self):
        pairs = {frozenset((folder, other)) for folder, arrows in self.allowed.items() for other in arrows
                 if folder in self.allowed.get(other, set())}
        text = (house.ROOT / DOCUMENT).read_text()
        named = {frozenset((folder, f"{folder}/{below}"))
                 for folder, below in re.findall(r"`([\w/]+)` and its `(\w+)`", text)}
        self.assertEqual(pairs, named)
        self.assertEqual(self.longer_circles(pairs), [])

    def longer_circles(self, pairs):
        """Folders that reach themselves by arrows that are no part of a named pair."""
        def reached(start):
            seen, pending = set(), [start]
            while pending:
                folder = pending.pop()
                for other in self.allowed.get(folder, set()):
                    if frozenset((folder, other)) not in pairs and other not in seen:
                        seen.add(other)
                        pending.append(other)
            return seen

        return [folder for folder in self.allowed if folder in reached(folder)]

    def test_libraries_stay_in_their_rooms(self):
        used = collections.defaultdict(set)
        for path in self.sources:
            for number, name, _ in included(path):
                for library, rooms in self.libraries.items():
                    if not name.startswith(f"{library}/"):
                        continue
                    used[library].add(str(path.parent))
                    with self.subTest(f"{path}:{number}"):
                        self.assertIn(str(path.parent), rooms, f"{library} is not for this room: see {DOCUMENT}")
        for library, rooms in self.libraries.items():
            with self.subTest(library):
                self.assertEqual(rooms - used[library], set(), f"take them out of {DOCUMENT}")

    def test_tests_link_no_program(self):
        for path in house.sources():
            if path.parts[0] != "tests":
                continue
            for number, name, quoted in included(path):
                with self.subTest(f"{path}:{number}"):
                    self.assertFalse(quoted and name.endswith("/app.hpp"), "a test links a core, never a program")
