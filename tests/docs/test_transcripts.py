"""Every transcript in the documents is what the programs print, but for times, rates and the like."""

import os
import unittest

import transcripts


class Transcripts(unittest.TestCase):
    def check(self, name):
        document = transcripts.Document(transcripts.ROOT / name)
        self.assertTrue(document.commands, "no transcript: is the list below still right?")
        found = "\n".join(transcripts.differences(document, transcripts.run(document, os.environ["SHOAL_BIN"])))
        self.assertEqual(found, "", f"\n{found}\nWhere the program is right: tests/docs/transcripts.py update BIN {name}")

    def test_readme(self):
        self.check("README.md")

    def test_torrentgen(self):
        self.check("docs/torrentgen.md")

    def test_tracker(self):
        self.check("docs/tracker.md")

    def test_client(self):
        self.check("docs/client.md")

    def test_daemon(self):
        self.check("docs/daemon.md")

    def test_no_document_is_left_out(self):
        tested = {f"{name[len('test_'):]}.md" for name in dir(self) if name.startswith("test_")}
        self.assertEqual({path.name.lower() for path in transcripts.documents()} - tested, set())


class Comparing(unittest.TestCase):
    """What counts as the same."""

    def test_times_and_rates_differ_from_run_to_run(self):
        self.assertTrue(transcripts.matches(["x: verified, in 2.0s (360.7 MB/s)"], ["x: verified, in 13s (9 kB/s)"]))

    def test_sizes_and_hashes_do_not(self):
        self.assertFalse(transcripts.matches(["size 700.00 MiB"], ["size 701.00 MiB"]))
        self.assertFalse(transcripts.matches(["info-hash fd16"], ["info-hash fd17"]))

    def test_lines_left_out(self):
        self.assertTrue(transcripts.matches(["a", "[...]", "z"], ["a", "b", "c", "z"]))
        self.assertTrue(transcripts.matches(["a", "[...]"], ["a"]))
        self.assertFalse(transcripts.matches(["a", "[...]", "z"], ["a", "b"]))

    def test_a_missing_or_a_further_line(self):
        self.assertFalse(transcripts.matches(["a", "b"], ["a"]))
        self.assertFalse(transcripts.matches(["a"], ["a", "b"]))

    def test_loose_blocks_compare_words(self):
        self.assertTrue(transcripts.matches(["  1   17%  1 min  [##--]"], ["  1  100%  2 min  [####]"], loose=True))
        self.assertFalse(transcripts.matches(["17% Downloading"], ["17% Idle"], loose=True))
