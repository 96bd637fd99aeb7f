"""The HTTP API where the pages are: it asks the same queue, and knows people as they do."""

from __future__ import annotations

import hashlib

import streamlit as st
from starlette.requests import HTTPConnection
from starlette.routing import Route

import api
from pages.parts.server import admission_setup, visitor
from pages.parts.services import finder, jobs, services, watch

# Who comes with the administrator's token and no cookie: the token has one holder.
_ADMINISTRATOR = hashlib.sha256(b"fusewise administrator").hexdigest()


def routes() -> list[Route]:
    """What the server answers beside the pages."""
    host = api.Host(
        jobs=jobs,
        finder=finder,
        look=lambda: watch().look(),
        snapshot=lambda: services.monitor().snapshot(),
        asker=asker,
        is_measuring=services.is_measuring,
        base=admission_setup.base(),
        origins=tuple(st.get_option("server.corsAllowedOrigins") or ()),
    )
    return api.routes(host)


def asker(asked: HTTPConnection) -> api.Asker:
    """Who sends a request: as a page of theirs would know them."""
    who, is_administrator = visitor.who(asked), visitor.is_administrator_of(asked)
    is_served = visitor.is_served_to(who)
    if who is None:
        return api.Asker(visitor.LOCAL, None, is_served, is_administrator)
    owner = who or (_ADMINISTRATOR if is_administrator else None)
    return api.Asker(owner, owner or "", is_served, is_administrator)
