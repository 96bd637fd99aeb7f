"""The HTTP API: what a page does, asked by programs.

Needs starlette and no Streamlit. `routes` are the addresses under which it answers, for whoever serves them: the pages'
server, or `python -m api` alone. That one hands in a `Host`: the queue, the machine, and who asks.
"""

from __future__ import annotations

from api.host import Asker, Host
from api.routes import routes

__all__ = ["Asker", "Host", "routes"]
