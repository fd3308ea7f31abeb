"""Real content for the tests: files of the machine's own, and the names that break careless programs."""

import hashlib
import os
import pathlib
import random
import shutil

# No '"', '<' or '*': Transmission 3.00 looks for such files under other names.
ODD_NAMES = [
    "Grüße aus Köln.txt",
    "数据集/训练.bin",
    "emoji 🐟 and spaces.dat",
    "with'quote and $dollar",
    "-leading-dash",
    "very/deep/er/and/deep/er/still/file",
]


def large_file(path, size):
    """Incompressible, the same for the same size."""
    source = random.Random(size)
    with open(path, "wb") as out:
        while size > 0:
            chunk = min(size, 1 << 20)
            out.write(source.randbytes(chunk))
            size -= chunk
    return pathlib.Path(path)


def folder_of_real_files(path, count=400):
    """`count` files copied from the machine's own, a quarter of them large, with empty ones and Unicode names among them."""
    root = pathlib.Path(path)
    large = count // 4
    copied = _copy_files("/usr/share", root, count - large, range(1, 128 << 10))
    copied += _copy_files("/usr/lib", root, large, range(128 << 10, 512 << 10))
    if copied < count:
        raise AssertionError(f"/usr/share and /usr/lib hold only {copied} usable files")
    for number, name in enumerate(ODD_NAMES):
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(f"{name}\n".encode() * (number * 4000 + 1))
    for number in range(5):
        (root / f"empty-{number}").touch()
    return root


def _copy_files(source_root, root, count, sizes):
    """Copies the first `count` files of these sizes, hidden ones left out; how many there were."""
    copied = 0
    for folder, folders, names in os.walk(source_root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            source = os.path.join(folder, name)
            if copied == count or name.startswith(".") or os.path.islink(source) or not os.path.isfile(source):
                continue
            if os.path.getsize(source) not in sizes:
                continue
            target = root / os.path.relpath(source, source_root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            copied += 1
        if copied == count:
            break
    return copied


def digest(path):
    """SHA-256 of a file, or of every file's relative path and content below a folder: equal means byte for byte."""
    path = pathlib.Path(path)
    if path.is_file():
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    total = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()):
        total.update(os.fsencode(file.relative_to(path)) + b"\0" + digest(file).encode() + b"\0")
    return total.hexdigest()
