"""What the advisor gives as a reason or warns of: code → sentence. Pages translate by the codes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SENTENCES: Mapping[str, str] = MappingProxyType({})
