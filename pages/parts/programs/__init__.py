"""Programs at the server of the pages: the HTTP API (`api`), with the queue, the machine and the visitors of these."""

from __future__ import annotations

from pages.parts.programs import mounted

__all__ = ["mounted"]
