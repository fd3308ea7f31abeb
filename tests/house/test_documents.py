"""What documents point at is there: links and their anchors, files and folders, classes."""

import glob
import re
import unittest

import house

# Dated pages tell what was there on that day.
DATED = re.compile(r"docs/measurements/\d{4}-\d\d-\d\d-")
# Pages that explain code name its classes; the others name what a user sees.
OF_CODE = ("docs/architecture.md", "docs/fan-out.md")
FOLDERS = ("bench", "channel", "client", "cmake", "common", "docs", "examples", "packaging", "tests", "torrentgen", "tracker")


def documents():
    return [path for path in house.files() if path.suffix == ".md"]


def text_of(path):
    return (house.ROOT / path).read_text()


def without_code(text):
    """Without fenced blocks and without what stands in backticks."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


def anchors(path):
    """As GitHub makes them of headings."""
    found = set()
    for heading in re.findall(r"^#+ +(.*)$", re.sub(r"^```.*?^```", "", text_of(path), flags=re.DOTALL | re.MULTILINE),
                              re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "").strip().lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


class Documents(unittest.TestCase):
    def test_links_lead_somewhere(self):
        for path in documents():
            for target in re.findall(r"\]\(([^)\s]+)\)", without_code(text_of(path))):
                if "://" in target or target.startswith("mailto:"):
                    continue
                name, _, anchor = target.partition("#")
                to = (house.ROOT / path.parent / name).resolve() if name else house.ROOT / path
                with self.subTest(f"{path}: {target}"):
                    self.assertTrue(to.exists(), "there is no such file")
                    if anchor:
                        self.assertIn(anchor, anchors(to.relative_to(house.ROOT)))

    def test_every_document_is_linked(self):
        linked = {"README.md", "CHANGELOG.md"}
        for path in documents():
            for target in re.findall(r"\]\(([^)\s#]+)", text_of(path)):
                if "://" not in target:
                    linked.add(str((house.ROOT / path.parent / target).resolve().relative_to(house.ROOT)))
        self.assertEqual({str(path) for path in documents()} - linked, set())

    def test_named_files_are_there(self):
        for path in documents():
            if DATED.match(str(path)):
                continue
            for name in re.findall(r"`((?:%s)/[\w./*{},-]*)`" % "|".join(FOLDERS), text_of(path)):
                with self.subTest(f"{path}: {name}"):
                    self.assertTrue(any(glob.glob(str(house.ROOT / one)) for one in alternatives(name)), "it is not there")

    def test_named_classes_are_there(self):
        code = "\n".join((house.ROOT / path).read_text() for path in house.sources())
        words = set(re.findall(r"\w+", code))
        for path in OF_CODE:
            for name in re.findall(r"`([A-Z][a-z]\w*(?:::\w+)*)`", text_of(path)):
                with self.subTest(f"{path}: {name}"):
                    self.assertEqual(set(name.split("::")) - words, set(), "no source knows it")

    def test_measurements_say_where_they_come_from(self):
        pages = [path for path in documents() if DATED.match(str(path))]
        self.assertGreater(len(pages), 5)
        for path in pages:
            heads = set(re.findall(r"^\| ([a-z ]+?)s? \| \S.* \|$", text_of(path), re.MULTILINE))
            with self.subTest(str(path)):
                self.assertEqual({"date", "machine", "written down in", "command"} - heads, set())


def alternatives(name):
    """`a/{b,c}` is a/b and a/c."""
    found = re.search(r"\{([^}]*)\}", name)
    if not found:
        return [name]
    return [one for part in found.group(1).split(",")
            for one in alternatives(name[:found.start()] + part + name[found.end():])]
