"""What any web server of ours needs: who may enter, which requests are its own, answers in pieces.

Knows no page and no job. Needs starlette. `tokens` lets people in, `origins` tells a request of our own page from one
of somebody else's, `forms` reads what is sent, `streaming` sends bytes as they are made, and a `Fetcher`
brings photos from addresses.
"""

from __future__ import annotations

from api.server import discretion, forms, origins, streaming, tokens
from api.server.addresses import Fetcher

__all__ = ["Fetcher", "discretion", "forms", "origins", "streaming", "tokens"]
