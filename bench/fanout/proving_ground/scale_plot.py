"""How a simulated fan-out grows with the fleet, as SVG: four panels over the number of hosts."""

import math
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 230, 200, 60, 70, 70
# Heading, figure, how it is written, where its axis begins (None: logarithmic).
_PANELS = (("÷ one-copy bound", "ratio_bound", "{:.3f}", 1), ("copies sent by the origin", "origin_sent_copies", "{:.2f}", 0),
           ("announces in the busiest second", "announces_a_second", "{:,.0f}", None),
           ("messages a host", "messages_a_host", "{:,.0f}", 0))


def svg(rows):
    """`rows`: one a fleet, as shoal-simulate writes them."""
    rows = sorted(rows, key=lambda row: row["hosts"])
    width = _LEFT + len(_PANELS) * (_WIDTH + _GAP)
    height = _TOP + _HEIGHT + 56
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
           'font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
           f'<text x="{_LEFT}" y="24" font-size="16" font-weight="bold">Simulated fan-out by number of hosts; one-copy bound '
           f'{rows[0]["bound_s"]:.1f} s</text>']
    for number, panel in enumerate(_PANELS):
        out += _panel(rows, _LEFT + number * (_WIDTH + _GAP), *panel)
    return "\n".join([*out, "</svg>"]) + "\n"


def _panel(rows, left, heading, name, form, low):
    bottom = _TOP + _HEIGHT
    values = [row[name] for row in rows]
    scale = _scale(values, low)
    hosts = _scale([row["hosts"] for row in rows], None)
    yield f'<text x="{left + _WIDTH / 2:.0f}" y="{_TOP - 22}" text-anchor="middle" font-size="13">{escape(heading)}</text>'
    yield f'<rect x="{left}" y="{_TOP}" width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="#555555"/>'
    points = []
    for row, value in zip(rows, values):
        x, y = left + _WIDTH * hosts(row["hosts"]), bottom - _HEIGHT * scale(value)
        points.append(f"{x:.1f},{y:.1f}")
        yield f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{bottom}" stroke="#e4e4e4"/>'
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#d6204e"/>'
        yield f'<text x="{x:.1f}" y="{y - 9:.1f}" text-anchor="middle">{form.format(value)}</text>'
        yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{row["hosts"]:,}</text>'
    yield f'<polyline points="{" ".join(points)}" fill="none" stroke="#d6204e" stroke-width="2"/>'
    yield f'<text x="{left + _WIDTH / 2:.0f}" y="{bottom + 40}" text-anchor="middle">hosts</text>'


def _scale(values, low):
    """A function to the part of the panel: linear from `low`, or logarithmic and clear of both ends."""
    if low is not None:
        high = max(values)
        return lambda value: 0.88 * (value - low) / (high - low) if high > low else 0.5
    first, last = math.log(max(min(values), 1)), math.log(max(max(values), 1))
    return lambda value: 0.1 + 0.78 * (math.log(max(value, 1)) - first) / (last - first) if last > first else 0.5
