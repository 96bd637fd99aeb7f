"""Fixtures of every test on an emulated card."""

from __future__ import annotations

from tests.support.fixtures.emulated import card as card
from tests.support.fixtures.emulated import close as close
from tests.support.fixtures.emulated import machine as machine
