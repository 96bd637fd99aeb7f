"""The shapes that go in and out, as JSON Schema, made of the types that they come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.diagnosis import Symptom
from advisor.recommendation import Intent
from fusion.errors import Reason
from fusion.settings import CHOICES, MAX_SIDE, MAX_SOURCES, MIN_SIDE, RANGES, Preset, Settings
from fusion.types import Stage, State, Tier
from fusion.verification import Verdict

Schema = dict[str, Any]

PHOTO: Schema = {
    "type": "string",
    "description": "A photo: in a form a file, in JSON a data URI (data:image/png;base64,…) or base64.",
    "minLength": 1,
}
STATUSES = ["starting", "processing", "succeeded", "failed", "canceled"]


def schemas() -> dict[str, Schema]:
    """Those that others refer to, by name."""
    return {
        "Problem": problem(),
        "Settings": settings(),
        "PredictionInput": prediction_input(),
        "Prediction": prediction(),
        "Predictions": _object(
            {
                "next": _or_null({"type": "string", "format": "uri"}),
                "previous": {"type": "null"},
                "results": {"type": "array", "items": ref("Prediction")},
            }
        ),
        "Version": _object(
            {"id": {"type": "string"}, "cog_version": {"type": "string"}, "openapi_schema": {"type": "object"}}
        ),
        "AdviceInput": advice_input(),
        "Advice": _object({"device": _any(), "advice": _any(), "sources": {"type": "array", "items": _any()}}),
        "DiagnosisInput": diagnosis_input(),
        "Diagnosis": _object(
            {
                "measures": _any(),
                "findings": {"type": "array", "items": _any()},
                "looked_for": {"type": "array", "items": {"type": "string"}},
            }
        ),
        "Origin": _object(
            {
                "verdict": {"enum": list(map(str, Verdict))},
                "ai": {"type": "boolean"},
                "produce_id": _or_null({"type": "string"}),
                "findings": {"type": "array", "items": _any()},
            }
        ),
        "Health": _object({"status": {"type": "string"}}),
        "ReactorInput": reactor_input(),
        "ReactorOutput": _object({"image": {"type": "string"}, "info": _any()}),
    }


def ref(name: str) -> Schema:
    """A shape by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def settings() -> Schema:
    """Of `fusion.settings.Settings`: what is left out keeps its default."""
    found: dict[str, Schema] = {name: {"enum": list(map(str, kind))} for name, kind in CHOICES.items()}
    found |= {name: {"type": "number", "minimum": low, "maximum": high} for name, (low, high) in RANGES.items()}
    found["sharpen"] = {"anyOf": [found["sharpen"], {"const": "auto"}]}
    place = {"type": "integer", "minimum": 0, "maximum": MAX_SOURCES - 1}
    found["source_photo"] = {"anyOf": [place, {"const": "auto"}]}
    side = {"type": "integer", "minimum": MIN_SIDE, "maximum": MAX_SIDE}
    size = {"type": "array", "items": side, "minItems": 2, "maxItems": 2}
    found["output"] = {"anyOf": [{"enum": list(map(str, Tier))}, size]}
    found["anyway"] = {"type": "boolean"}
    face = {"anyOf": [{"const": "largest"}, {"type": "integer", "minimum": 0, "maximum": 9999}]}
    found["faces"] = {"type": "object", "properties": {"target": face, "source": face}, "additionalProperties": False}
    line = _object({"face": {"anyOf": [{"const": "all"}, *face["anyOf"]]}, "photo": place, "source": face})
    found["map"] = {"type": "array", "items": {**line, "required": ["face", "photo"], "additionalProperties": False}}
    defaults = Settings().to_json()
    named = {name: {**shape, "default": defaults[name]} if name in defaults else shape for name, shape in found.items()}
    return {"type": "object", "properties": named, "additionalProperties": False}


def prediction_input() -> Schema:
    """What `POST /v1/predictions` takes in JSON; in a form the photos are files."""
    own: dict[str, Schema] = {
        **_photos(),
        "settings": ref("Settings"),
        "preset": {"enum": list(map(str, Preset))},
        "consent": {"const": True, "description": "The people in the photos were told of this and agreed."},
        "check": {
            "type": "boolean",
            "description": "Whether what does not fit is refused with 507; left out: where sizes leave it in doubt.",
        },
    }
    return _object(own, required=["target", "source", "consent"], closed=True)


def advice_input() -> Schema:
    """What `POST /v1/advice` takes."""
    pins = ("output", "aspect", "fit", "two_stage", "engine", "precision", "ratio")
    known = settings()["properties"]
    pin = {"type": "object", "properties": {name: known[name] for name in pins}, "additionalProperties": False}
    own = {**_photos(), "intent": {"enum": list(map(str, Intent))}, "pin": pin}
    return _object(own, required=["target", "source"], closed=True)


def diagnosis_input() -> Schema:
    """What `POST /v1/diagnosis` takes."""
    own = {"target": PHOTO, "source": PHOTO, "result": PHOTO, "symptom": {"enum": ["all", *map(str, Symptom)]}}
    return _object(own, required=["target", "source", "result"], closed=True)


def reactor_input() -> Schema:
    """What ReActor's clients send, as far as it means something here."""
    indexes = {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 99}}
    own = {
        "source_image": PHOTO,
        "target_image": PHOTO,
        "source_faces_index": indexes,
        "face_index": indexes,
        "consent": {"const": True},
    }
    return _object(own, required=["source_image", "target_image"])


def prediction() -> Schema:
    """A job as it is now."""
    moment, number = _or_null({"type": "string", "format": "date-time"}), _or_null({"type": "number"})
    bytes_ = _or_null({"type": "integer"})
    urls = {name: {"type": "string"} for name in ("get", "stream", "cancel", "output", "recipe", "diagnosis")}
    stage = _or_null({"enum": list(map(str, Stage))})
    fraction = {"type": "number", "minimum": 0, "maximum": 1}
    return _object(
        {
            "id": {"type": "string"},
            "model": {"const": "fusewise"},
            "version": {"type": "string"},
            "status": {"enum": STATUSES},
            "created_at": moment,
            "started_at": moment,
            "completed_at": moment,
            "input": _any(),
            "output": _or_null({"type": "string"}),
            "error": _or_null({"type": "string"}),
            "problem": _or_null(ref("Problem")),
            "logs": {"type": "string"},
            "progress": _object({"stage": stage, "fraction": fraction, "seconds_left": number}),
            "metrics": _object(
                {"predict_time": number, "queue_time": number, "peak_bytes": bytes_, "expected_seconds": number}
            ),
            "urls": _object(urls),
            "job": _object({"id": {"type": "string"}, "state": {"enum": list(map(str, State))}, "settings": _any()}),
        }
    )


def problem() -> Schema:
    """An error, by RFC 9457; more members may be beside these."""
    own: dict[str, Schema] = {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What happened, in the language that was asked for."},
        "remedy": {"type": "string", "description": "What to do about it."},
        "code": {"enum": list(map(str, Reason))},
        "instance": {"type": "string"},
    }
    return _object(own, required=[name for name in own if name != "instance"])


def _photos() -> dict[str, Schema]:
    source = {"anyOf": [PHOTO, {"type": "array", "items": PHOTO, "minItems": 1, "maxItems": MAX_SOURCES}]}
    return {"target": PHOTO, "source": source}


def _object(properties: Mapping[str, Schema], *, required: list[str] | None = None, closed: bool = False) -> Schema:
    """An object with all of these, unless it is said which are needed."""
    names = list(properties) if required is None else required
    made: Schema = {"type": "object", "properties": dict(properties), "required": names}
    return {**made, "additionalProperties": False} if closed else made


def _or_null(shape: Schema) -> Schema:
    return {"anyOf": [shape, {"type": "null"}]}


def _any() -> Schema:
    """An object that is described in docs/command-line.md."""
    return {"type": "object"}
