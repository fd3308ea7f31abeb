#!/usr/bin/env bash
# Installs what is missing, builds with warnings as errors, and runs every test.
#   tests/run.sh [ctest options]      for example: tests/run.sh -L unit, tests/run.sh -R interop
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packaging/install-deps.sh --tests
cmake --preset release
cmake --build --preset release
# Two at a time even on one core: the end-to-end tests mostly wait for the network.
jobs=$(nproc)
ctest --preset release -j "$((jobs > 2 ? jobs : 2))" "$@"
