"""What a power cut leaves: a replay of the changes that crash_point.cpp recorded, without those that were not synced.

A file has what was written to it until its last fsync; of what came later, any part may be there. Names are a journal: they are on
the disk in their order, up to the last sync of anything at least, and no further than the cut (ext4 and XFS do so). That is where
the model is milder than POSIX, which promises a name only to who syncs its folder. What a program writes through a mapping is not
recorded: SQLite builds its -shm anew."""

import contextlib
import os
import pathlib
import random
import shutil

# late: all names, only synced data. early: only names and data that were synced. mixed: something between.
LOSSES = ("late", "early", "mixed")


class Inode:
    """A file: `durable` is what was synced, `pending` what was done to it since."""

    def __init__(self, data=b""):
        self.durable = bytes(data)
        self.pending = []

    def do(self, step):
        self.pending.append(step)

    def content(self, keep=lambda: True):
        """With those pending steps for which `keep` says so."""
        data = bytearray(self.durable)
        for call, at, written in self.pending:
            if not keep():
                continue
            if call == "write":
                data.extend(bytes(max(0, at - len(data))))
                data[at:at + len(written)] = written
            elif call == "ftruncate":
                data.extend(bytes(max(0, at - len(data))))
                del data[at:]
            elif call == "fallocate":
                data.extend(bytes(max(0, at - len(data))))
        return bytes(data)

    def sync(self):
        self.durable, self.pending = self.content(), []


def changes(record):
    """(call, at, path, other path, data) of each change in a record."""
    with open(record, "rb") as file:
        while head := file.readline():
            call, at, count, path, other = head.split()
            names = [os.fsdecode(file.read(int(length))) for length in (path, other)]
            yield call.decode(), int(at), *names, file.read(int(count))


class Disk:
    """Some folders as they are before a program runs, and what the record of it makes of them."""

    EXCHANGE = 2  # of renameat2

    def __init__(self, folders):
        self.folders = [str(folder) for folder in folders]
        self.names = {}  # path -> Inode, None for a folder
        for folder in self.folders:
            for path in [pathlib.Path(folder), *pathlib.Path(folder).rglob("*")]:
                if path.is_symlink():
                    self.names[str(path)] = ("link", os.readlink(path))
                elif path.is_dir():
                    self.names[str(path)] = None
                elif path.exists():
                    self.names[str(path)] = Inode(path.read_bytes())
        self.synced_names = dict(self.names)
        self.since = []  # the names after each change since then

    def replay(self, record):
        for call, at, path, other, data in changes(record):
            self.change(call, at, path, other, data)

    def change(self, call, at, path, other="", data=b""):
        if call in ("write", "ftruncate", "fallocate"):
            if path.endswith(" (deleted)"):
                return
            inode = self.names.get(path)
            if not isinstance(inode, Inode):
                inode = self.names[path] = Inode()
            inode.do((call, at, data))
        elif call in ("fsync", "fdatasync", "syncfs"):
            self.sync(path, everything=call == "syncfs")
        else:
            self.name(call, at, path, other)
            self.since.append(dict(self.names))

    def sync(self, path, everything):
        for name, inode in self.names.items():
            if isinstance(inode, Inode) and (everything or name == path):
                inode.sync()
        self.synced_names, self.since = dict(self.names), []

    def name(self, call, at, path, other):
        if call == "create":
            inode = self.names.get(path)
            if not isinstance(inode, Inode):
                self.names[path] = Inode()
            elif at & os.O_TRUNC:
                inode.do(("ftruncate", 0, b""))
        elif call == "mkdir":
            self.names.setdefault(path, None)
        elif call == "symlink":
            self.names.setdefault(path, ("link", other))
        elif call == "link" and other in self.names:
            self.names.setdefault(path, self.names[other])
        elif call in ("unlink", "rmdir"):
            if not any(name.startswith(path + "/") for name in self.names):  # else the program was refused
                self.names.pop(path, None)
        elif call == "rename" and other in self.names:
            self.rename(other, path, exchange=at & self.EXCHANGE)

    def rename(self, source, target, exchange):
        def below(top):
            return {name[len(top):]: self.names.pop(name) for name in list(self.names) if name == top or name.startswith(top + "/")}
        moved, replaced = below(source), below(target)
        self.names.update({target + rest: inode for rest, inode in moved.items()})
        if exchange:
            self.names.update({source + rest: inode for rest, inode in replaced.items()})

    def left(self, loss, seed=0):
        """Path -> what is there after the cut: bytes, None for a folder, a link's target in a tuple."""
        source = random.Random(seed)
        names, keep = self.names, lambda: False
        if loss == "early":
            names = self.synced_names
        elif loss == "mixed":
            names = source.choice([self.synced_names, *self.since])
            keep = lambda: source.random() < 0.5  # noqa: E731
        return {name: inode.content(keep) if isinstance(inode, Inode) else inode for name, inode in names.items()}

    def put(self, loss, seed=0):
        """Makes the folders what the cut leaves of them."""
        left = self.left(loss, seed)
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)
        for name, what in sorted(left.items()):
            if what is None:
                os.makedirs(name, exist_ok=True)
                continue
            with contextlib.suppress(FileExistsError):
                os.makedirs(os.path.dirname(name))
            if isinstance(what, tuple):
                os.symlink(what[1], name)
            else:
                pathlib.Path(name).write_bytes(what)
