"""The command line `python -m advisor`."""

from __future__ import annotations

from advisor.cli.app import app

__all__ = ["app"]
