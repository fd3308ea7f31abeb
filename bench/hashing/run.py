#!/usr/bin/env python3
"""Times torrentgen beside other creators, on the same bytes, in one run.

Each round runs every program once, in turn, so that a busy minute hits all of them; the table shows medians.
The page cache is warm except where a row says cold. A peak of about 16 MiB is the Python that starts the program.
Prints a table, and writes JSON where --out names a file.

    cmake --preset release && cmake --build --preset release --target all bench_hashing
    bench/hashing/run.py --bin build/release/bin --out results.json
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MIB = 1 << 20
PACKAGES = {"mktorrent": "mktorrent", "transmission-create": "transmission-cli", "sha1sum": "coreutils"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = Path(__file__).resolve().parents[2]
    parser.add_argument("--bin", type=Path, default=root / "build/release/bin", help="where torrentgen was built")
    parser.add_argument("--size", type=int, default=2048, help="MiB of the large file [2048]")
    parser.add_argument("--files", type=int, default=50_000, help="small files [50000]; 0 leaves them out")
    parser.add_argument("--rounds", type=int, default=5, help="the table shows medians of so many [5]")
    parser.add_argument("--folder", type=Path, help="where to put the content [a temporary folder]")
    parser.add_argument("--no-cold", action="store_true", help="leave out the rows with a cold page cache")
    parser.add_argument("--out", type=Path, help="write JSON here")
    return parser.parse_args()


def check_tools(bin_folder):
    for tool, package in PACKAGES.items():
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: apt-get install {package}")
    for program in ("torrentgen", "bench_hashing"):
        if not (bin_folder / program).exists():
            sys.exit(f"{bin_folder / program} is missing: see the top of {__file__}")


def make_large(folder, mib):
    path = folder / "large.bin"
    with open(path, "wb") as file:
        for _ in range(mib):
            file.write(os.urandom(MIB))
        file.flush()
        os.fsync(file.fileno())
    return path


def make_small(folder, count):
    """Sizes from 0 to 16 KB, 200 files a folder, as source trees have."""
    root = folder / "small"
    block = os.urandom(MIB)
    for number in range(count):
        path = root / f"{number // 200:04}" / f"{number:06}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(block[number : number + number * 7919 % 16_384])
    return root


def drop_from_cache(path):
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def run_once(command, output):
    if output.exists():
        output.unlink()
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {errors.decode()}")
    return {"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime, "peak_kib": usage.ru_maxrss}


def large_cases(bin_folder, path, output, threads):
    torrentgen, helper = str(bin_folder / "torrentgen"), str(bin_folder / "bench_hashing")
    tracker = ["-a", "http://tracker.example/announce"]
    cases = {
        "cat": ["cat", path],
        "sha1sum": ["sha1sum", path],
        f"mktorrent -t {threads}": ["mktorrent", "-t", threads, "-l", 22, *tracker, "-o", output, path],
        "transmission-create": ["transmission-create", "-s", 4096, "-o", output, path],
    }
    for form in ("v1", "v2", "hybrid"):
        cases[f"libtorrent {form}, {threads} threads"] = [helper, "libtorrent", path, form, 4 * MIB, threads]
    for form in ("v1", "v2", "hybrid"):
        cases[f"torrentgen {form}"] = [torrentgen, "create", path, "-o", output, "--format", form, *tracker]
    cases["torrentgen v1, one thread"] = [torrentgen, "create", path, "-o", output, "--threads", 1, *tracker]
    return cases


def show_progress(text):
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def measure(title, cases, output, rounds, prepare=None):
    results = {name: [] for name in cases}
    for number in range(rounds):
        for name, command in cases.items():
            show_progress(f"{title}: round {number + 1} of {rounds}: {name}")
            if prepare:
                prepare()
            results[name].append(run_once([str(part) for part in command], output))
    show_progress("")
    return {
        name: {
            "seconds": round(statistics.median(run["seconds"] for run in runs), 3),
            "seconds_of_every_round": [round(run["seconds"], 3) for run in runs],
            "cpu_seconds": round(statistics.median(run["cpu"] for run in runs), 3),
            "peak_mib": round(max(run["peak_kib"] for run in runs) / 1024, 1),
        }
        for name, runs in results.items()
    }


def print_table(title, rows, size):
    print(f"\n{title}")
    print(f"{'':<30}{'seconds':>9}{'min':>8}{'max':>8}{'GB/s':>7}{'CPU s':>8}{'peak MiB':>10}")
    for name, row in rows.items():
        every = row["seconds_of_every_round"]
        rate = size / row["seconds"] / 1e9
        print(f"{name:<30}{row['seconds']:>9.2f}{min(every):>8.2f}{max(every):>8.2f}{rate:>7.2f}"
              f"{row['cpu_seconds']:>8.2f}{row['peak_mib']:>10.1f}")


def kernels(bin_folder):
    lines = subprocess.run([bin_folder / "bench_hashing", "kernels"], capture_output=True, text=True, check=True)
    print("\nGB/s of one core, each kernel alone, data in the first-level cache")
    out = []
    for line in lines.stdout.splitlines():
        algorithm, name, lanes, rate = line.split()
        out.append({"algorithm": algorithm, "kernel": name, "lanes": int(lanes), "gb_per_second": float(rate)})
        print(f"{algorithm:<8}{name:<10}{lanes:>3} lanes{float(rate):>8.2f}")
    return out


def main():
    options = arguments()
    check_tools(options.bin)
    threads = len(os.sched_getaffinity(0))
    folder = Path(tempfile.mkdtemp(prefix="shoal-bench-", dir=options.folder))
    output = folder / "out.torrent"
    report = {"machine": platform.processor() or platform.machine(), "threads": threads,
              "load_before": os.getloadavg()[0], "rounds": options.rounds, "large_mib": options.size}
    try:
        report["kernels"] = kernels(options.bin)
        large = make_large(folder, options.size)
        size = options.size * MIB
        manifest = folder / "verify.torrent"
        torrentgen = str(options.bin / "torrentgen")
        run_once([torrentgen, "create", str(large), "-o", str(manifest)], output)
        cases = large_cases(options.bin, large, output, threads)
        cases["torrentgen verify (v1)"] = [torrentgen, "verify", manifest, large]
        report["large"] = measure("one large file", cases, output, options.rounds)
        print_table(f"One file of {options.size} MiB, warm, {threads} processors", report["large"], size)
        if not options.no_cold:
            cold = {name: cases[name] for name in ("cat", "torrentgen v1", "torrentgen v2")}
            report["cold"] = measure("cold", cold, output, options.rounds, lambda: drop_from_cache(large))
            print_table("The same file, read from disk", report["cold"], size)
        large.unlink()
        if options.files:
            small = make_small(folder, options.files)
            small_size = sum(entry.stat().st_size for entry in small.rglob("*") if entry.is_file())
            names = [f"mktorrent -t {threads}", "transmission-create", "torrentgen v1"]
            cases = {name: large_cases(options.bin, small, output, threads)[name] for name in names}
            report["small"] = measure("small files", cases, output, options.rounds)
            print_table(f"{options.files} files, {small_size // MIB} MiB, warm", report["small"], small_size)
        report["load_after"] = os.getloadavg()[0]
        if options.out:
            options.out.write_text(json.dumps(report, indent=2) + "\n")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
