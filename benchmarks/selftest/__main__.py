"""Write the picture that the self-test compares with anew, after the landmark engine's has changed on purpose.

    python -m benchmarks.selftest

It is made as the self-test makes it, in a process of its own, on the processor; what differs from the stored one is
said. The file belongs to the commit that changes the picture.
"""

from __future__ import annotations

import json
import sys
import threading

from fusion.selftest import Probe, probe, reference
from fusion.types import EngineName

TIMEOUT_S = 120.0


def main() -> int:
    """Run the command line."""
    engine = EngineName.LANDMARK
    old = reference.stored(engine)
    new = probe(Probe(engine, rounds=1), TIMEOUT_S, threading.Event()).reference
    if old is not None:
        like = old.compared(new)
        print(f"{like.differ} means of blocks differ, by {like.off} levels at most" if like.differ else "the same")
    reference.FILE.write_text(json.dumps({engine: new.to_json()}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
