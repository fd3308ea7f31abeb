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
        """Where the done hook writes the time."""
        return self.folder / "done"

    def take_source(self):
        """A copy of the content at this place, as a link: what seeds only reads."""
        self.content.hardlink_to(self.source)

    def done_hook(self):
        """A script that a client runs when it has the content: it writes down the time of the day."""
        script = self.folder / "done-hook"
        script.write_text(f"#!/bin/sh\ndate +%s.%N > {self.done}\n", encoding="utf-8")
        script.chmod(0o755)
        return script

    def done_at(self):
        """The time of the day that the hook wrote, or None."""
        try:
            text = self.done.read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        return float(text) if text.endswith("\n") else None
