"""Finding the programs under test and the other clients. A missing tool is a failure, never a skip."""

import os
import pathlib
import shutil

_DEBIAN_PACKAGES = {
    "aria2c": "aria2",
    "bridge": "iproute2",
    "curl": "curl",
    "groff": "groff-base",
    "ip": "iproute2",
    "mypy": "mypy",
    "nginx": "nginx-light",
    "opentracker": "opentracker",
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "qbittorrent-nox": "qbittorrent-nox",
    "rsvg-convert": "librsvg2-bin",
    "systemd-analyze": "systemd",
    "rtorrent": "rtorrent",
    "tc": "iproute2",
    "transmission-cli": "transmission-cli",
    "transmission-create": "transmission-cli",
    "transmission-remote": "transmission-cli",
    "transmission-show": "transmission-cli",
}


def program(name):
    """The path of one of our programs, from the build that the tests were configured in."""
    folder = os.environ.get("SHOAL_BIN")
    if not folder:
        raise AssertionError("SHOAL_BIN is not set: run the tests with ctest")
    path = pathlib.Path(folder) / name
    if not path.exists():
        raise AssertionError(f"{path} is not built")
    return str(path)


def tool(name):
    """The path of another project's program; names the Debian package where it is missing."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        package = _DEBIAN_PACKAGES.get(name, name)
        raise AssertionError(f"{name} is not installed: apt-get install {package}")
    return path
