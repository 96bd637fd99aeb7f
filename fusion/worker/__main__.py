"""`python -m fusion.worker`: see `fusion.worker.worker`."""

from __future__ import annotations

import sys

from fusion.worker.worker import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
