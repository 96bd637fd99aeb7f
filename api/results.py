"""What came of a prediction: its picture, its recipe, and what may be wrong with it.

A picture leaves here as it does from a page: with its label, its metadata and its signature.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from advisor.diagnosis import Diagnosis, Symptom, case
from api import bodies, problems
from api.calls import Call, json
from api.server.streaming import Sender, Turns
from fusion.errors import FusionError, PhraseCode, Reason
from fusion.jobs import JobView, Outcome
from fusion.photos import Format
from fusion.provenance import Leaving, Parcel, unpacked

OUTPUTS = Turns(16, 32)  # pictures on their way, of one visitor and of all
EXAMINED = Turns(1, 2)  # diagnoses at once: each may hold two photos of the largest size
ALL = "all"


async def output(call: Call) -> Response:
    """The picture, as a file."""
    format = _format(call.request.query_params.get("format"))
    view = await run_in_threadpool(call.view)
    asks = call.owner
    if not OUTPUTS.take(asks):
        raise problems.too_many()
    try:
        pieces = await run_in_threadpool(_pieces, call, view, format)
    except BaseException:
        OUTPUTS.give(asks)
        raise
    headers = {"Content-Disposition": f'inline; filename="fusewise-{view.id[:8]}{format.suffix}"', **problems.STEADY}
    return Sender(lambda: pieces, None, f"image/{format}", headers, until=lambda: OUTPUTS.give(asks))


async def recipe(call: Call) -> Response:
    """The recipe, as it leaves with the picture."""
    view = await run_in_threadpool(call.view)
    parcel = await run_in_threadpool(packed, call, view, Format.PNG)
    return json(parcel.recipe)


async def diagnosis(call: Call) -> Response:
    """What may be wrong with the result, or why there is none, and what mends it."""
    symptom = symptom_of(call.request.query_params.get("symptom"))
    view = await run_in_threadpool(call.view)
    with call.turn(EXAMINED):
        found = await run_in_threadpool(_diagnosed, call, view, symptom)
    return json(found.to_json())


def packed(call: Call, view: JobView, format: Format) -> Parcel:
    """The picture as it leaves.

    Raises:
        FusionError: "not_done"; "result_gone"; as `unpacked`.
    """
    outcome = _outcome(view)
    label = call.jobs.label(call.say.language, is_served=call.asker.is_served).label
    faces = outcome.facts.to_keep_clear
    try:
        return unpacked(outcome.output, format, outcome.recipe, Leaving.as_set(label), id=view.id, faces=faces)
    except OSError as error:
        raise FusionError(Reason.RESULT_GONE, file=outcome.output.name) from error


def symptom_of(name: object) -> Symptom | None:
    """What is looked for; None for all.

    Raises:
        FusionError: "request_field".
    """
    if name is None or name == ALL:
        return None
    if name not in list(Symptom):
        raise bodies.wrong("symptom", PhraseCode.ONE_OF, names=(ALL, *map(str, Symptom)))
    return Symptom(str(name))


def _outcome(view: JobView) -> Outcome:
    if view.outcome is None:
        raise FusionError(Reason.NOT_DONE)
    return view.outcome


def _format(name: str | None) -> Format:
    if name is not None and name not in list(Format):
        raise bodies.wrong("format", PhraseCode.ONE_OF, names=tuple(map(str, Format)))
    return Format(name or Format.PNG)


def _pieces(call: Call, view: JobView, format: Format) -> Generator[bytes, None, None]:
    """The file, of which the first piece is there: what is gone is told before an answer has begun."""
    pieces = packed(call, view, format).pieces
    try:
        first = next(pieces)
    except OSError as error:
        raise FusionError(Reason.RESULT_GONE, file=_outcome(view).output.name) from error
    return (piece for piece in itertools.chain([first], pieces) if piece)  # an empty one would be taken for the end


def _diagnosed(call: Call, view: JobView, symptom: Symptom | None) -> Diagnosis:
    return case.of_job(view, call.jobs.photos(view.id)).diagnosed(call.host.finder(), symptom)
