"""What somebody sees who has no token: a small page that asks for it, without anything of the app's. No Streamlit."""

from __future__ import annotations

import base64
import hashlib
import html
from functools import cache
from pathlib import Path

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from pages.parts.i18n import Language, Words, language_of

_HERE = Path(__file__).parent
# Segments of addresses that a page asks for by itself: nobody looks at what comes back.
_DATA = frozenset(("_stcore", "media", "fusewise", "component", "static", "app"))


def page(asked: HTTPConnection, status: int, problem: str | None = None) -> Response:
    """Asks for the token; in plain text where no person looks.

    Args:
        problem: the key of the sentence that says what was wrong with the last one.
    """
    language = _language(asked)
    say = Words(language)
    headers = {"cache-control": "no-store", "vary": "Cookie, Accept-Language"}
    if status == 401:
        headers["www-authenticate"] = 'Bearer realm="Fusewise"'
    if "text/html" not in asked.headers.get("accept", "") or is_data(str(asked.scope["path"])):
        text = say(problem) if problem else say.together(say("door.about"), say("door.where"))
        return PlainTextResponse(text, status, headers)
    headers["content-security-policy"] = (
        f"default-src 'none'; style-src '{_hash(_style())}'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    told = f'<p class="bad" id="problem" role="alert">{html.escape(say(problem))}</p>' if problem else ""
    return HTMLResponse(
        _file("entrance.html").format(
            language=language.tag,
            style=_style(),
            described=' aria-invalid="true" aria-describedby="problem"' if problem else "",
            problem=told,
            **{key: html.escape(say(f"door.{key}")) for key in ("title", "about", "label", "enter", "where")},
        ),
        status,
        headers,
    )


def is_data(path: str) -> bool:
    """Whether an address is one that only a page asks for, never a person."""
    return not _DATA.isdisjoint(path.split("/"))


def _language(asked: HTTPConnection) -> Language:
    chosen = asked.query_params.get("lang")
    if chosen in list(Language):
        return Language(chosen)
    wanted = asked.headers.get("accept-language", "").split(",")
    return language_of(*(each.partition(";")[0].strip() for each in wanted))


def _style() -> str:
    return _file("entrance.css")


@cache
def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
