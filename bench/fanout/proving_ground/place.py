"""Where one program runs and what it is given."""

import dataclasses
import pathlib

from shoal_testing.network import Host


@dataclasses.dataclass
class Place:
    """A host's own folder on the disk. The content is to appear at `content`, below `target`."""
    host: Host
    folder: pathlib.Path
    name: str                           # of the content
    torrent: pathlib.Path | None = None
    source: pathlib.Path | None = None  # the content, for those that have it from the start

    def __post_init__(self):
        self.target.mkdir(parents=True, exist_ok=True)

    @property
    def target(self):
        return self.folder / "files"

    @property
    def content(self):
        return self.target / self.name

    @property
    def log(self):
        return self.folder / "log"

    @property
    def done(self):
        """The file that the done hook makes."""
        return self.folder / "done"

    def take_source(self):
        """A copy of the content at this place, as a link: what seeds only reads."""
        self.content.hardlink_to(self.source)

    def done_hook(self):
        """A script that a client runs when it has the content: it makes a file."""
        script = self.folder / "done-hook"
        script.write_text(f"#!/bin/sh\n: > {self.done}\n", encoding="utf-8")
        script.chmod(0o755)
        return script

    def done_at(self):
        """The time of the day at which the hook ran, or None."""
        return changed_at(self.done)


def changed_at(path):
    """The time of the day at which that file was made, or moved to where it is, or None. The kernel writes it down by the real
    clock, whatever time a program sees."""
    try:
        return path.stat().st_ctime
    except FileNotFoundError:
        return None
