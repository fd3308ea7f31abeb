"""What `cmake --install` puts where."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest


class Install(unittest.TestCase):
    def test_programs_units_and_examples(self):
        if shutil.which("cmake") is None:
            raise AssertionError("cmake is not installed: apt-get install cmake")
        build = pathlib.Path(os.environ["SHOAL_BIN"]).parent
        prefix = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "usr"
        done = subprocess.run(["cmake", "--install", build, "--prefix", prefix], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        for program in ("torrentgen", "shoal-tracker", "shoal"):
            self.assertTrue(os.access(prefix / "bin" / program, os.X_OK), program)
        for name in ("shoal", "shoal-tracker"):
            unit = (prefix / "lib" / "systemd" / "system" / f"{name}.service").read_text()
            started = re.search(r"^ExecStart=(\S+)", unit, re.M).group(1)
            self.assertEqual(started, str(prefix / "bin" / name))
            self.assertNotIn("=/usr/bin/", unit)
        for example in ("shoal-daemon.toml", "shoal-tracker.toml"):
            self.assertTrue((prefix / "share" / "doc" / "shoal" / "examples" / example).is_file(), example)


if __name__ == "__main__":
    unittest.main()
