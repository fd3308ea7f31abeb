"""The figures as tables that read on a terminal and in Markdown alike."""

import statistics

_TRANSFER = [("client", "client", "{}"), ("leechers", "leechers", "{}"), ("seconds", "seconds", "{:.2f}"),
             ("first_byte_s", "first bytes at", "{:.2f}"), ("megabytes_per_s", "MB/s", "{:.0f}"),
             ("cpu_s_per_gb", "CPU s/GB", "{:.2f}"), ("seed_cpu_s_per_gb", "seed", "{:.2f}"),
             ("leecher_cpu_s_per_gb", "leechers", "{:.2f}"), ("machine_cpu_s_per_gb", "machine", "{:.2f}"),
             ("leecher_private_bytes", "leecher MB", "MB"), ("seed_private_bytes", "seed MB", "MB")]
_RECHECK = [("client", "client", "{}"), ("seconds", "seconds", "{:.2f}"), ("megabytes_per_s", "MB/s", "{:.0f}")]


def medians(rows):
    """One row of several of the same kind: each figure's own median."""
    merged = dict(rows[0])
    for key, value in rows[0].items():
        if isinstance(value, (int, float)):
            merged[key] = statistics.median(row[key] for row in rows)
    if len(rows) > 1:
        merged["rounds"] = rows
    return merged


def transfers(rows):
    return _table(_TRANSFER, rows)


def rechecks(rows):
    return _table(_RECHECK, rows)


def _table(columns, rows):
    cells = [[head for _, head, _ in columns]] + [[_cell(row[key], form) for key, _, form in columns] for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(columns))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _cell(value, form):
    return f"{value / 1e6:.0f}" if form == "MB" else form.format(value)
