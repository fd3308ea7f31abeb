#!/usr/bin/env python3
"""What kill -9 costs: a download that is killed at random moments and started again, until it is complete.

    bench/resume/run.py [--build build/release] [--kills 20] [--size-mib 256] [--rate 32MB/s] [--seed 1] [--json FILE]

Every start but the last is ended by SIGKILL a random while after it has received something. The bytes that the seed sent in all, less the content,
were downloaded again: pieces that were not complete, or not yet on disk. Needs the release build: cmake --build --preset release
"""

import argparse
import hashlib
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIB = 1024 * 1024


def digest(path):
    sha = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(MIB):
            sha.update(block)
    return sha.hexdigest()


def last_event(log, name):
    """The last complete JSON line of this event, or None."""
    found = None
    for line in log.read_text(errors="replace").splitlines():
        if f'"event":"{name}"' in line and line.endswith("}"):
            found = json.loads(line)
    return found


class Trial:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.binaries = pathlib.Path(options.build).resolve() / "bin"
        self.random = random.Random(options.seed)
        self.content = folder / "content.bin"
        with open(self.content, "wb") as out:
            for _ in range(options.size_mib):
                out.write(self.random.randbytes(MIB))
        self.torrent = folder / "content.torrent"
        subprocess.run([self.binaries / "torrentgen", "create", self.content, "-o", self.torrent, "--piece-size",
                        options.piece_size], check=True, stdout=subprocess.DEVNULL)

    def seed(self):
        log = self.folder / "seed.log"
        self.seed_log = log
        seed = subprocess.Popen(
            [self.binaries / "shoal", "seed", self.torrent, self.content, "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd",
             "--json"], stdout=open(log, "wb"), stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 60
        while True:
            address = re.search(r'"address":"(127\.0\.0\.1:\d+)"', log.read_text())
            if address:
                self.address = address.group(1)
                return seed
            if seed.poll() is not None or time.monotonic() > deadline:
                seed.kill()
                raise SystemExit(f"the seed does not start: {log.read_text()}")
            time.sleep(0.05)

    def start(self, number):
        self.log = self.folder / f"get-{number}.log"
        return subprocess.Popen(
            [self.binaries / "shoal", "get", self.torrent, "-o", self.folder / "target", "--peer", self.address, "--listen",
             "127.0.0.1:0", "--no-dht", "--no-lsd", "--json", "--seed-for", "0", "--limit-down", self.options.rate,
             "--timeout", "60s"], stdout=open(self.log, "wb"), stderr=subprocess.STDOUT)

    def wait_for_bytes(self, get):
        """A start that is killed before it receives anything tells nothing."""
        deadline = time.monotonic() + 60
        while get.poll() is None and not re.search(r'"downloaded":[1-9]', self.log.read_text(errors="replace")):
            if time.monotonic() > deadline:
                get.kill()
                raise SystemExit(f"nothing arrives: {self.log.read_text()}")
            time.sleep(0.02)

    def run(self):
        kills = []
        seed = self.seed()
        try:
            # Spread over what the transfer takes, so that the last kill still finds it unfinished.
            share = self.options.size_mib * MIB / self.options.rate_bytes / (self.options.kills + 1)
            for number in range(self.options.kills):
                started = time.monotonic()
                get = self.start(number)
                self.wait_for_bytes(get)
                # Short of its share: the report that was waited for comes up to a second late.
                wait = max(0.0, self.random.uniform(0, 2) * share - 1)
                try:
                    get.wait(wait)
                    break  # complete before its turn: fewer kills than asked for, and the table says so
                except subprocess.TimeoutExpired:
                    get.kill()
                    get.wait()
                resumed = last_event(self.log, "resumed")
                kills.append({"after_seconds": round(time.monotonic() - started, 2), "pieces_kept": resumed["pieces_done"] if resumed else 0})
            last = self.start(len(kills))
            code = last.wait(300)
            if code != 0:
                raise SystemExit(f"the last run ended with {code}: {self.log.read_text()}")
            done = last_event(self.log, "done")
        finally:
            seed.terminate()
            seed.wait()
        sent = last_event(self.seed_log, "stopped")["uploaded"]
        size = self.options.size_mib * MIB
        return {"kills": len(kills), "bytes": size, "sent_by_seed": sent, "downloaded_again": sent - size,
                "downloaded_again_per_kill": round((sent - size) / max(1, len(kills))),
                "share": round((sent - size) / size, 4), "last_run_downloaded": done["downloaded"],
                "content_is_right": digest(self.folder / "target" / "content.bin") == digest(self.content),
                "piece_size": self.options.piece_size, "rate": self.options.rate, "each": kills}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=str(ROOT / "build" / "release"))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--size-mib", type=int, default=256)
    parser.add_argument("--piece-size", default="5MiB")
    parser.add_argument("--rate", default="32MB/s", help="in MB/s: what the download is held to, so that there is time to kill it")
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers")
    parser.add_argument("--folder", help="where to work (a disk with twice the size free); default: a temporary folder")
    parser.add_argument("--json", help="write the result here too")
    options = parser.parse_args()
    options.rate_bytes = float(re.fullmatch(r"([\d.]+)MB/s", options.rate).group(1)) * 1e6

    folder = pathlib.Path(tempfile.mkdtemp(prefix="shoal-resume-", dir=options.folder))
    try:
        result = Trial(options, folder).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{result['kills']} kills -9 in a download of {options.size_mib} MiB at {options.rate}, pieces of {options.piece_size}")
    for number, kill in enumerate(result["each"], 1):
        print(f"  {number:3}  killed after {kill['after_seconds']:6.2f} s, had started with {kill['pieces_kept']} pieces")
    print(f"sent by the seed    {result['sent_by_seed'] / MIB:8.1f} MiB\n"
          f"downloaded again    {result['downloaded_again'] / MIB:8.1f} MiB = {100 * result['share']:.1f} % of the content, "
          f"{result['downloaded_again_per_kill'] / MIB:.1f} MiB a kill\n"
          f"content             {'right' if result['content_is_right'] else 'WRONG'}")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=2) + "\n")
    return 0 if result["content_is_right"] and result["kills"] == options.kills else 1


if __name__ == "__main__":
    sys.exit(main())
