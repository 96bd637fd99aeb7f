"""`/v1/models/…`: what clients of Replicate ask of a model. There is one here, whatever name it is asked by."""

from __future__ import annotations

from starlette.responses import Response

from api.calls import Call, json
from api.openapi import schemas
from fusion import __version__

_SINCE = "2026-01-01T00:00:00.000Z"  # a version has no date of its own here, and clients want one
_COG = "0.9.0"  # by which clients tell how `Output` is described: as today


async def version(call: Call) -> Response:
    """A version of the model: which fields it takes, and that an address comes out."""
    shapes, output = schemas(), {"title": "Output", "type": "string", "format": "uri"}
    described = {"components": {"schemas": {**shapes, "Input": shapes["PredictionInput"], "Output": output}}}
    id = str(call.request.path_params["version"])
    return json(
        {
            "id": id,
            "created_at": _SINCE,
            "cog_version": _COG,
            "fusewise_version": __version__,
            "openapi_schema": {"openapi": "3.1.0", **described},
        }
    )
