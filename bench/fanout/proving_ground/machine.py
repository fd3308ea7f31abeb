"""What the measurements were taken on, for the record."""

import os
import pathlib
import platform


def describe():
    model = next((line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "unknown")
    memory = next((int(line.split()[1]) << 10 for line in pathlib.Path("/proc/meminfo").read_text().splitlines()
                   if line.startswith("MemTotal:")), 0)
    sockets = {name: int(pathlib.Path(f"/proc/sys/net/core/{name}").read_text()) for name in ("rmem_default", "rmem_max")}
    return {"processor": model, "cores": os.cpu_count(), "memory_bytes": memory, "kernel": platform.release(), "socket_bytes": sockets}
