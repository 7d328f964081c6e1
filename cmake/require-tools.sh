#!/bin/sh
# Fails with one line naming the first tool that is not on PATH.
for tool in "$@"; do
  command -v "$tool" >/dev/null 2>&1 || {
    echo "portafilter: '$tool' was not found on PATH; building the native kernels needs g++, cmake (3.16 or newer) and make" >&2
    exit 1
  }
done
