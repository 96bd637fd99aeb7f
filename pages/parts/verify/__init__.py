"""What a picture says of its origin, asked by programs over HTTP (`route`)."""

from __future__ import annotations

from pages.parts.verify import route

__all__ = ["route"]
