"""`python -m fusewise`: the same as the command `fusewise`."""

from __future__ import annotations

import sys

from fusewise.cli import main

if __name__ == "__main__":
    sys.exit(main())
