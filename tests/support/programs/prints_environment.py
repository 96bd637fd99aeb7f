"""Prints those variables of the environment whose names begin as its argument does, for tests of what a child gets."""

from __future__ import annotations

import os
import sys

for name, value in sorted(os.environ.items()):
    if name.startswith(sys.argv[1]):
        print(f"{name}={value}")
