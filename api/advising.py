"""`/v1/advice` and `/v1/diagnosis`: what will fit before there is a job, and what is wrong with a picture of any tool.

The answers are those of `python -m advisor recommend --json` and `diagnose --json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from advisor.diagnosis import Diagnosis, case
from advisor.given import given_in
from advisor.recommendation import Advice, Intent, Pair, recommend
from api import bodies, results, wanted
from api.bodies import Fields
from api.calls import Call, json
from api.problems import Refused
from api.server.streaming import Turns
from api.wanted import SOURCE, TARGET, Wanted
from fusion.errors import FusionError, PhraseCode, Reason
from fusion.photos import decode
from fusion.settings import Preset, Settings
from fusion.sizing import Subject
from fusion.types import UNKNOWN, Box, Foretold

ADVISED = Turns(2, 4)  # at once: faces are looked for in each
PINS = ("output", "aspect", "fit", "two_stage", "engine", "precision", "ratio")
_RESULT = "result"


async def advice(call: Call) -> Response:
    """What two photos come to on this machine."""
    with call.turn(ADVISED):
        async with bodies.fields(call.request, call.owner) as given:
            return json(await run_in_threadpool(_advised, call, given))


async def diagnosis(call: Call) -> Response:
    """What is wrong with a picture, whoever made it."""
    with call.turn(results.EXAMINED):
        async with bodies.fields(call.request, call.owner) as given:
            found = await run_in_threadpool(_diagnosed, call, given)
    return json(found.to_json())


def foretold(call: Call, asked: Wanted) -> Foretold:
    """What is expected of a job; nothing where faces need not be looked for, since it fits with any.

    Raises:
        Refused: it does not fit, whatever is left to be chosen; the advice is beside the error.
        FusionError: a photo has no face.
    """
    pinned = frozenset(name for name in PINS if getattr(asked.settings, name) != getattr(Settings(), name))
    if asked.is_checked is False or (asked.is_checked is None and _fits_with_any_face(call, asked, pinned)):
        return UNKNOWN
    photos = asked.target.data, tuple(each.data for each in asked.sources)
    found, _ = _recommended(call, photos, Intent.AUTO, asked.settings, pinned)
    assert found.chosen is not None  # else it was refused
    forecast = found.chosen.forecast
    seconds = None if forecast.seconds is None else forecast.seconds + forecast.load_seconds
    return Foretold(seconds, forecast.peak_high_bytes)


def _fits_with_any_face(call: Call, asked: Wanted, pinned: frozenset[str]) -> bool:
    """Whether it would fit even if the photos were nothing but face: that is told by their headers alone."""
    target, *sources = (decode.glance(each.data) for each in (asked.target, *asked.sources))
    widest = max(sources, key=lambda size: size.width)
    face = Box(0, 0, target.width, target.height)
    pair = Pair(Subject(target, face, target.width, widest.width, widest))
    machine = call.host.look()
    found = recommend(pair, Intent.AUTO, asked.settings, pinned, machine.place, machine.ways, machine.coefficients)
    return found.chosen is not None


def _advised(call: Call, given: Fields) -> Mapping[str, Any]:
    flat = wanted.flattened(given)
    wanted.check_names(flat, (*TARGET, *SOURCE, wanted.MORE, "intent", "pin", "settings", *wanted.IGNORED))
    target, sources = wanted.photos(flat)
    intent, pinned = _intent(flat.get("intent")), flat.get("pin", {})
    if not isinstance(pinned, Mapping):
        raise bodies.wrong("pin", PhraseCode.AN_OBJECT)
    wanted.check_names(pinned, PINS)
    start = Settings() if intent == Intent.AUTO else Settings().with_preset(Preset(intent))
    settings = Settings.from_json({**start.to_json(), **wanted.settings(flat).to_json(), **pinned})
    photos = target.data, tuple(each.data for each in sources)
    return _recommended(call, photos, intent, settings, frozenset(pinned))[1]


def _recommended(
    call: Call, photos: tuple[bytes, tuple[bytes, ...]], intent: Intent, settings: Settings, pinned: frozenset[str]
) -> tuple[Advice, Mapping[str, Any]]:
    """
    Raises:
        Refused: nothing fits.
    """
    given = given_in(*photos, settings, call.host.finder())
    machine = call.host.look()
    found = recommend(given.pair, intent, settings, pinned, machine.place, machine.ways, machine.coefficients)
    given = given.with_engine(found.chosen.workload.engine if found.chosen else None)
    facts = [each.to_json() for each in given.facts]
    said: dict[str, Any] = {"device": machine.place.to_json(), "advice": found.to_json(), "sources": facts}
    if machine.node is not None:
        said["node"] = machine.node
    if found.chosen is None:
        raise Refused(FusionError(Reason.NOTHING_FITS), **said)
    return found, said


def _diagnosed(call: Call, given: Fields) -> Diagnosis:
    flat = wanted.flattened(given)
    wanted.check_names(flat, (*TARGET, *SOURCE, _RESULT, "symptom", *wanted.IGNORED))
    symptom = results.symptom_of(flat.get("symptom"))
    target, sources = wanted.photos(flat)
    if len(sources) != 1:
        raise bodies.wrong(SOURCE[0], PhraseCode.A_PHOTO)
    result = bodies.photo(_RESULT, flat.get(_RESULT))
    return case.of_files(target.data, sources[0].data, result.data).diagnosed(call.host.finder(), symptom)


def _intent(name: object) -> Intent:
    if name is None:
        return Intent.AUTO
    if name not in list(Intent):
        raise bodies.wrong("intent", PhraseCode.ONE_OF, names=tuple(map(str, Intent)))
    return Intent(str(name))
