"""What surrounds the jobs, and what of it slows them down or makes them fail."""

from __future__ import annotations

from advisor.health.doctor import LOOKED_FOR, doctor
from advisor.health.environment import Environment, examine_environment

__all__ = ["LOOKED_FOR", "Environment", "doctor", "examine_environment"]
