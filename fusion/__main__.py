"""`python -m fusion`: see `fusion.cli.app`."""

from __future__ import annotations

import sys

from fusion.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
