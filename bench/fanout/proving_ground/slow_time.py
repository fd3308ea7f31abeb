"""Time that passes slower for the programs of a race than for the machine."""

import os
import pathlib
import time

_LIBRARY = "libtime_scale.so"


def environment(scale):
    """What the programs of one race find in their environment: their clocks agree, and start at the time of day. Nothing at
    a scale of 1."""
    if scale == 1:
        return {}
    library = pathlib.Path(os.environ["SHOAL_BIN"]) / _LIBRARY
    if not library.exists():
        raise AssertionError(f"{library} is not there: build it (cmake --build --preset release --target time_scale), or name "
                             "its folder with --bin")
    return {"LD_PRELOAD": " ".join(filter(None, [str(library), os.environ.get("LD_PRELOAD")])),
            "TIME_SCALE": str(scale), "TIME_SCALE_ORIGIN": str(int(time.time()))}


class Stopwatch:
    """Seconds as the programs see them, from its making on."""

    def __init__(self, scale):
        self._scale = scale
        self._time_of_day = time.time()
        self._monotonic = time.monotonic()

    def elapsed(self):
        return (time.monotonic() - self._monotonic) / self._scale

    def at(self, time_of_day):
        """What it showed at that time of day, which the kernel or this bench read: `st_ctime`, `time.time()`."""
        return (time_of_day - self._time_of_day) / self._scale

    def clock_step(self):
        """Real seconds by which the time of day was set since."""
        return (time.time() - self._time_of_day) - (time.monotonic() - self._monotonic)
