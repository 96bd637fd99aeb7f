"""`python -m advisor`: see `advisor.cli.commands`."""

from __future__ import annotations

import sys

from advisor.cli.commands import app, main

__all__ = ["app", "main"]

if __name__ == "__main__":
    sys.exit(main())
