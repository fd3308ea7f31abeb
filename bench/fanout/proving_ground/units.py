"""Sizes, rates and durations as our programs take and print them."""

import re

_SIZES = {"": 1, "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "k": 1 << 10, "K": 1 << 10, "M": 1 << 20,
          "G": 1 << 30, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_BITS = {"bit": 1, "kbit": 10**3, "Mbit": 10**6, "Gbit": 10**9}
_SECONDS = {"": 1, "ms": 0.001, "s": 1, "m": 60, "h": 3600}


def _split(text):
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([A-Za-z]*)", text)
    if not found:
        raise ValueError(f"'{text}' is not a number with a unit")
    return float(found[1]), found[2]


def size(text):
    """Bytes: `5MiB`, `5MB`, `1G`."""
    number, unit = _split(text)
    if unit not in _SIZES:
        raise ValueError(f"'{unit}' is not a unit of size: use KiB, MiB, GiB, kB, MB or GB")
    return int(number * _SIZES[unit])


def rate(text):
    """Bits a second: `20Mbit/s`, `2.5MB/s`."""
    if not text.endswith("/s"):
        raise ValueError(f"'{text}' is not a rate: use Mbit/s or MB/s")
    number, unit = _split(text[:-2])
    if unit in _BITS:
        return int(number * _BITS[unit])
    if unit in _SIZES and unit:
        return int(number * _SIZES[unit] * 8)
    raise ValueError(f"'{unit}/s' is not a unit of rate: use Mbit/s or MB/s")


def duration(text):
    """Seconds: `30s`, `10m`, `150ms`."""
    number, unit = _split(text)
    if unit not in _SECONDS:
        raise ValueError(f"'{unit}' is not a unit of time: use ms, s, m or h")
    return number * _SECONDS[unit]


def show_size(count):
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= factor:
            return f"{count / factor:.4g} {unit}"
    return f"{count} B"


def show_rate(bits):
    for unit, factor in (("Gbit/s", 10**9), ("Mbit/s", 10**6), ("kbit/s", 10**3)):
        if bits >= factor:
            return f"{bits / factor:.4g} {unit}"
    return f"{bits} bit/s"


def show_seconds(seconds):
    """Hundredths below 10 s, tenths below 1,000."""
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:,.1f} s" if seconds < 1000 else f"{seconds:,.0f} s"
