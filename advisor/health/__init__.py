"""What surrounds the jobs (memory, cards, disks, workers, queue), and what of it slows them down or fails them.

`examine_environment` asks the machine and the database; `doctor` is pure, and finds in an `Environment` what is wrong,
out of all that it has `LOOKED_FOR`.
"""

from __future__ import annotations

from advisor.health.checkup import LOOKED_FOR, doctor
from advisor.health.environment import Environment, examine_environment

__all__ = ["LOOKED_FOR", "Environment", "doctor", "examine_environment"]
