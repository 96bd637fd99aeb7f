"""Streamlit's own login, with an OIDC provider, where the person who runs the app has set one up (`[auth]`)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import streamlit as st
from starlette.requests import HTTPConnection
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from pages.parts.i18n import Words


def is_configured() -> bool:
    """Whether there is a provider."""
    return bool(secrets_singleton.load_if_toml_exists() and secrets_singleton.get("auth"))


def is_logged_in(asked: HTTPConnection) -> bool:
    """Whether a request comes with the signed cookie of somebody who has logged in; as Streamlit reads it."""
    return _signed(asked) is not None


def person_of(asked: HTTPConnection) -> str | None:
    """Who has logged in that sends a request, as `person` says it of a page; None for nobody."""
    said = _signed(asked) if is_configured() else None
    claims = None if said is None else json.loads(said)
    return _hashed(claims) if isinstance(claims, dict) and claims.get("is_logged_in") else None


def _signed(asked: HTTPConnection) -> bytes | None:
    def one(name: str) -> bytes | None:
        value = asked.cookies.get(name)
        return decode_signed_value(get_cookie_secret(), name, value.encode("latin-1")) if value else None

    return get_cookie_with_chunks(one, USER_COOKIE_NAME) if get_cookie_secret() else None


def person() -> str | None:
    """Who has logged in here, as a hash that says nothing about them; None for nobody."""
    if not is_configured() or not st.user.is_logged_in:
        return None
    return _hashed(st.user)


def _hashed(claims: Mapping[str, Any]) -> str | None:
    who = claims.get("sub") or claims.get("email")
    return hashlib.sha256(f"{claims.get('iss')}\n{who}".encode()).hexdigest() if who else None


def is_wanted() -> bool:
    """Whether whoever looks has to log in before anything is shown."""
    return is_configured() and person() is None


def card(say: Words) -> None:
    """Asks to log in."""
    st.title(say("login.title"), anchor=False)
    st.markdown(say("login.about"))
    for name in _providers():
        label = say("login.with", name=name) if name else say("login.do")
        st.button(
            label, type="primary", icon=":material/login:", key=f"login_{name or ''}", on_click=st.login, args=(name,)
        )


def leave(say: Words) -> None:
    """The button that logs out, for who has logged in."""
    if person() is not None:
        st.button(say("login.leave"), icon=":material/logout:", key="logout", on_click=st.logout)


def _providers() -> list[str | None]:
    """Those that have a name in the secrets; None is the one without."""
    found = secrets_singleton.get("auth") or {}
    named: list[str | None] = [
        key for key, value in found.items() if isinstance(value, Mapping) and "client_id" in value
    ]
    return [None, *named] if "client_id" in found else named
