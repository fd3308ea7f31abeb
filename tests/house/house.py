"""The repository's own files, as the checks of the house see them."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
_LEFT_OUT = {".git", "build", "__pycache__"}


def files():
    """Paths relative to ROOT, builds left out; a checkout is not needed."""
    pending = [ROOT]
    while pending:
        for path in sorted(pending.pop().iterdir()):
            if path.name in _LEFT_OUT:
                continue
            if path.is_dir() and not path.is_symlink():
                pending.append(path)
            elif path.is_file():
                yield path.relative_to(ROOT)


def sources():
    """C++ sources and headers."""
    return sorted(path for path in files() if path.suffix in (".cpp", ".hpp"))


def scripts(language):
    """Files in `language` ("python" or "sh"), told by their name or their first line."""
    suffix = {"python": ".py", "sh": ".sh"}[language]
    first_line = {"python": rb"#!.*\bpython3?\b", "sh": rb"#!.*\b(ba|da)?sh\b"}[language]
    found = []
    for path in files():
        if path.suffix == suffix:
            found.append(path)
        elif not path.suffix:
            with open(ROOT / path, "rb") as file:
                if re.match(first_line, file.readline(128)):
                    found.append(path)
    return sorted(found)


def table(document, first_column):
    """Rows, as lists of cells, of the table of a document whose first column has this head."""
    rows, inside = [], False
    for line in (ROOT / document).read_text().split("\n"):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            inside = False
        elif cells[0] == first_column:
            inside = True
        elif inside and not set(cells[0]) <= {"-", ":"}:
            rows.append(cells)
    return rows


def names(cell):
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)
