"""Which pieces a host has on its disk, seen from outside and so the same for every client: the parts of a sparse file that
were written."""

import os


class PieceMap:
    """The pieces of the file that grows under `folder`, whatever its temporary name. A client's own write cache hides
    pieces until it is flushed; preallocated space that was never written does not count."""

    def __init__(self, folder, size, piece_size):
        self._folder = folder
        self._size = size
        self._piece_size = piece_size
        self._count = -(-size // piece_size)
        self._path = None
        self.all = (1 << self._count) - 1
        self.have = 0

    def look(self):
        """A bit mask, piece 0 in the lowest bit. What was there once stays: clients do not unwrite."""
        if self.have != self.all:
            try:
                self.have |= self._look(self._path or self._find())
            except FileNotFoundError:
                self._path = None  # renamed when it was complete: found again the next time
        return self.have

    def _find(self):
        """The path of the largest file below the folder."""
        best = None
        for folder, _, names in os.walk(self._folder):
            for name in names:
                path = os.path.join(folder, name)
                length = os.stat(path).st_size
                if best is None or length > best[0]:
                    best = (length, path)
        if best is None:
            raise FileNotFoundError(self._folder)
        # Control files come first in some clients; they are far smaller than the content.
        if best[0] > min(self._size, self._piece_size) // 2:
            self._path = best[1]
        return best[1]

    def _look(self, path):
        mask = 0
        descriptor = os.open(path, os.O_RDONLY)
        try:
            end = os.fstat(descriptor).st_size
            at = 0
            while at < end:
                try:
                    start = os.lseek(descriptor, at, os.SEEK_DATA)
                except OSError:  # ENXIO: nothing written after `at`
                    break
                at = os.lseek(descriptor, start, os.SEEK_HOLE)
                first = -(-start // self._piece_size)
                last = self._count if at >= self._size else at // self._piece_size
                if last > first:
                    mask |= ((1 << (last - first)) - 1) << first
        finally:
            os.close(descriptor)
        return mask


def holes(path, size):
    """True where the file is not yet fully written."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.fstat(descriptor).st_size < size or os.lseek(descriptor, 0, os.SEEK_HOLE) < size
    finally:
        os.close(descriptor)


def same_bytes(path, source):
    """True where the two files are equal, byte for byte."""
    with open(path, "rb") as one, open(source, "rb") as other:
        if os.fstat(one.fileno()).st_size != os.fstat(other.fileno()).st_size:
            return False
        while chunk := one.read(1 << 20):
            if chunk != other.read(1 << 20):
                return False
    return True
