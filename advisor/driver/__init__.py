"""What the driver says of the cards: NVML, asked in a process of its own with a deadline for each answer.

Standard library alone; pynvml is loaded in that process. `Asking` gives each `Gpu` with its processes; what could not
be read is a `Reason`, never a guess.
"""

from __future__ import annotations

from advisor.driver.client import AGAIN_S, ANSWER_S, Asking
from advisor.driver.gpu import Gpu, MigPart, Process, Throttle, Unread
from advisor.driver.reasons import SENTENCES, Reason

__all__ = ["AGAIN_S", "ANSWER_S", "SENTENCES", "Asking", "Gpu", "MigPart", "Process", "Reason", "Throttle", "Unread"]
