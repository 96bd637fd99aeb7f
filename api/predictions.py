"""`/v1/predictions`: jobs are asked for, listed, looked at, cancelled and deleted."""

from __future__ import annotations

import hashlib
import secrets

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import advising, bodies, problems, told, waiting, wanted
from api.calls import Call, json
from api.server.streaming import Turns
from fusion.errors import FusionError, PhraseCode, Reason
from fusion.jobs import Query
from fusion.types import Asked, Foretold, State

UPLOADS = Turns(16, 32)  # bodies that come and are looked at, of one visitor and of all
WAITS = Turns(32, 128)  # answers that are held back
WAITING_EACH, WAITING_ALL = 400, 2000  # jobs in the line, of one visitor and of all
MOST_KEY = 255  # characters of an idempotency key
LISTED, MOST_LISTED = 20, 100


async def create(call: Call) -> Response:
    """Asks for a job; the same one where the same was asked for with the same key."""
    owner, key = call.owner, _key(call)
    with call.turn(UPLOADS):
        async with bodies.fields(call.request, owner) as given:
            asked = await run_in_threadpool(wanted.wanted, given)
            id, is_new = await run_in_threadpool(submit, call, asked, key)
    headers = {"Location": f"{call.host.base}{told.PATH}/{id}"}
    seconds = waiting.wished_s(call.request.headers.get("prefer"))
    if seconds is None:
        view = await run_in_threadpool(call.jobs.view, id)
    else:
        with call.turn(WAITS):
            view = await waiting.until_end(call, id, seconds)
        headers["Preference-Applied"] = f"wait={seconds:.0f}"
    if not is_new:
        headers["Idempotent-Replayed"] = "true"
    return json(told.prediction(call, view), 201 if is_new else 200, **headers)


async def listed(call: Call) -> Response:
    """Jobs, the newest first, a page at a time."""
    query, limit = _query(call)
    views = await run_in_threadpool(call.jobs.history, query)
    following = None
    if len(views) > limit:
        parameters = call.request.url.include_query_params(cursor=views[limit - 1].number).query
        following = f"{told.root(call)}{told.PATH}?{parameters}"
    results = [told.prediction(call, view) for view in views[:limit]]
    return json({"next": following, "previous": None, "results": results})


async def get(call: Call) -> Response:
    """A job as it is now."""
    view = await run_in_threadpool(call.view)
    return json(told.prediction(call, view))


async def cancel(call: Call) -> Response:
    """Stops a job, unless it has ended."""
    view = await run_in_threadpool(call.view)
    await run_in_threadpool(call.jobs.cancel, view.id)
    return json(told.prediction(call, await run_in_threadpool(call.view)))


async def delete(call: Call) -> Response:
    """Removes a job at once, with its photos and its result; one that runs is stopped first."""
    view = await run_in_threadpool(call.view)
    await run_in_threadpool(call.jobs.delete, [view.id])
    return Response(status_code=204, headers=problems.STEADY)


def submit(call: Call, asked: wanted.Wanted, key: str | None) -> tuple[str, bool]:
    """Queues what is wanted; the job's id, and whether it was not there already.

    Args:
        key: by which whoever asks knows the request; None where they will not ask again.

    Raises:
        FusionError: "consent_missing"; "key_reused"; "too_busy"; as `Jobs.submit`.
        Refused: nothing fits.
    """
    owner = call.owner
    if not asked.is_agreed:
        raise FusionError(Reason.CONSENT_MISSING)
    # Without a key it is known by another that nobody knows: so that it runs again where the server ends meanwhile.
    request = Asked(hashlib.sha256((key or secrets.token_hex(16)).encode()).hexdigest(), asked.digest())
    known = call.jobs.asked_before(owner, request) if key else None
    if known is not None:
        return known, False
    _check_room(call, owner)
    return _queued(call, asked, request, owner, advising.foretold(call, asked)), True


def _queued(call: Call, asked: wanted.Wanted, request: Asked, owner: str, foretold: Foretold) -> str:
    first, *others = asked.sources
    return call.jobs.submit(
        asked.target.data,
        first.data,
        asked.settings,
        names=(asked.target.name, first.name),
        others=[(each.name, each.data) for each in others],
        owner=owner,
        foretold=foretold,
        consent=call.jobs.consent(owner),
        is_served=call.asker.is_served,
        asked=request,
    )


def _check_room(call: Call, owner: str) -> None:
    waits = frozenset({State.QUEUED})
    own, every = call.jobs.count(Query(owner=owner, states=waits)), call.jobs.count(Query(states=waits))
    if own >= WAITING_EACH or every >= WAITING_ALL or call.host.is_measuring():
        raise problems.too_many()


def _key(call: Call) -> str | None:
    key = call.request.headers.get("idempotency-key")
    if key is not None and not 1 <= len(key) <= MOST_KEY:
        raise bodies.wrong("Idempotency-Key", PhraseCode.A_TEXT, count=MOST_KEY)
    return key


def _query(call: Call) -> tuple[Query, int]:
    given = call.request.query_params
    for name in given:
        if name not in ("cursor", "limit", "status", "batch"):
            raise FusionError(Reason.REQUEST_FIELD_UNKNOWN, name=name[:80], known="cursor, limit, status, batch")
    limit, cursor = given.get("limit", str(LISTED)), given.get("cursor")
    if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit[:9]) <= MOST_LISTED):
        raise bodies.wrong("limit", PhraseCode.RANGE, low=1, high=MOST_LISTED)
    if cursor is not None and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise bodies.wrong("cursor", PhraseCode.A_JOB)
    owner = call.owner if call.asker.sees is not None else None
    before = None if cursor is None else int(cursor)
    states = _states(given.get("status"))
    query = Query(owner=owner, states=states, batch=given.get("batch"), before=before, limit=int(limit) + 1)
    return query, int(limit)


def _states(status: str | None) -> frozenset[State]:
    if status is None:
        return frozenset()
    found = frozenset(state for state, name in told.STATUS.items() if name == status)
    if not found:
        names = tuple(dict.fromkeys(told.STATUS.values()))
        raise bodies.wrong("status", PhraseCode.ONE_OF, names=names)
    return found
