"""The completion curves as SVG: complete hosts over time, one line a strategy, one panel a fleet size."""

import math
import pathlib
import subprocess
from xml.sax.saxutils import escape

from shoal_testing.tools import tool

_COLOURS = {"leader": "#7f7f7f", "mirrors": "#bc8f00", "sharded": "#8c564b", "shoal": "#d6204e", "aria2": "#1f77b4",
            "transmission": "#2ca02c", "qbittorrent": "#9467bd", "rtorrent": "#17a2b8", "libtorrent": "#ff7f0e"}
_DASHES = {"leader": "6 3", "mirrors": "2 3", "sharded": "8 3 2 3"}
_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP, _LEGEND = 420, 300, 56, 64, 34, 150
_TICKS = (0.5, 1, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)


class _Axis:
    """Time in multiples of the one-copy bound, logarithmic: a leader takes N of them, a swarm one or two."""

    def __init__(self, rows):
        ratios = [seconds / row["bound_s"] for row in rows for seconds in _times(row)]
        self.low = min([0.8, *(0.9 * ratio for ratio in ratios if ratio > 0)])
        self.high = max([2.2, *(1.1 * ratio for ratio in ratios)])

    def at(self, ratio):
        ratio = min(max(ratio, self.low), self.high)
        return _WIDTH * math.log(ratio / self.low) / math.log(self.high / self.low)

    def ticks(self):
        """At least 26 points apart."""
        chosen = []
        for tick in (1, *(tick for tick in _TICKS if tick != 1)):
            if self.low <= tick <= self.high and all(abs(self.at(tick) - self.at(other)) >= 26 for other in chosen):
                chosen.append(tick)
        return sorted(chosen)


def svg(panels, title):
    """`panels`: a list of (heading, rows)."""
    width = _LEFT + len(panels) * (_WIDTH + _GAP) + _LEGEND
    height = _TOP + _HEIGHT + 62
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
           'font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
           f'<text x="{_LEFT}" y="24" font-size="16" font-weight="bold">{escape(title)}</text>']
    for number, (heading, rows) in enumerate(panels):
        out += _panel(rows, heading, _LEFT + number * (_WIDTH + _GAP), number == 0)
    out.append(f'<text x="{_LEFT + (len(panels) * (_WIDTH + _GAP) - _GAP) / 2:.0f}" y="{height - 14}" text-anchor="middle">'
               'time since all hosts started, in multiples of the one-copy bound (logarithmic)</text>')
    names = dict.fromkeys(row["strategy"] for _, rows in panels for row in rows)
    left = _LEFT + len(panels) * (_WIDTH + _GAP) - 8
    for number, name in enumerate(names):
        y = _TOP + 12 + 20 * number
        out.append(f'<line x1="{left}" y1="{y}" x2="{left + 26}" y2="{y}" {_stroke(name)}/>'
                   f'<text x="{left + 33}" y="{y + 4}">{escape(name)}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"


def write(path, text):
    """PATH.svg and PATH.png. Returns the two paths."""
    stem = pathlib.Path(path)
    stem = stem.with_suffix("") if stem.suffix in (".svg", ".png") else stem
    stem.parent.mkdir(parents=True, exist_ok=True)
    vector, pixels = stem.with_name(stem.name + ".svg"), stem.with_name(stem.name + ".png")
    vector.write_text(text, encoding="utf-8")
    subprocess.run([tool("rsvg-convert"), "--zoom", "2", "--output", str(pixels), str(vector)], check=True, timeout=60)
    return vector, pixels


def _panel(rows, heading, left, is_first):
    axis = _Axis(rows)
    bottom = _TOP + _HEIGHT
    yield f'<text x="{left + _WIDTH / 2:.0f}" y="{_TOP - 12}" text-anchor="middle" font-size="13">{escape(heading)}</text>'
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = bottom - share * _HEIGHT
        yield f'<line x1="{left}" y1="{y:.1f}" x2="{left + _WIDTH}" y2="{y:.1f}" stroke="#e4e4e4"/>'
        if is_first:
            yield f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{share:.0%}</text>'
    for tick in axis.ticks():
        x = left + axis.at(tick)
        yield f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{bottom}" stroke="{"#999999" if tick == 1 else "#e4e4e4"}"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{tick:g}</text>'
    if is_first:
        yield (f'<text transform="translate({left - 44},{_TOP + _HEIGHT / 2:.0f}) rotate(-90)" text-anchor="middle">'
               'complete hosts</text>')
    yield f'<rect x="{left}" y="{_TOP}" width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="#555555"/>'
    for row in rows:
        yield f'<polyline points="{_points(row, axis, left)}" fill="none" {_stroke(row["strategy"])}/>'


def _points(row, axis, left):
    bottom = _TOP + _HEIGHT
    points = [(left, bottom)]
    for count, seconds in enumerate(_times(row), 1):
        x = left + axis.at(seconds / row["bound_s"])
        points += [(x, points[-1][1]), (x, bottom - _HEIGHT * count / row["survivors"])]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _times(row):
    return sorted(seconds for seconds in row["completed_s"].values() if seconds is not None)


def _stroke(name):
    dashes = f' stroke-dasharray="{_DASHES[name]}"' if name in _DASHES else ""
    return f'stroke="{_COLOURS.get(name, "#000000")}" stroke-width="{3 if name == "shoal" else 1.8}"{dashes}'
