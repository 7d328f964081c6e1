#!/usr/bin/env sh
# Builds a configured folder with as many compilers at once as there are processors; a bare --parallel starts all of them.
set -eu
exec cmake --build "$1" --parallel "$(nproc)"
