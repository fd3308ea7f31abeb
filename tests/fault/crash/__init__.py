"""The programs that are killed at every change of the disk: see crash_points.py."""
