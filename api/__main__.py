"""`python -m api`: see `api.alone.cli`."""

from __future__ import annotations

import sys

from api.alone import main
from api.alone.cli import app

__all__ = ["app", "main"]

if __name__ == "__main__":
    sys.exit(main())
