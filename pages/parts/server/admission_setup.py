"""The server's own door: made of Streamlit's options and Fusewise's settings, shared by all who ask about it."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from urllib.parse import quote

import psutil
import streamlit as st
from starlette.middleware import Middleware
from streamlit import net_util

from api.server import origins
from api.server.origins import Names
from api.server.tokens import Access, Role, is_loopback
from fusion import config, refusal
from fusion.errors import FusionError
from pages.parts.server import login
from pages.parts.server.admission import Door, Guard

_EVERY = (None, "", "0.0.0.0", "::")


@st.cache_resource(show_spinner=False)
def access() -> Access:
    """The tokens: of one process, for as long as it runs.

    Raises:
        SettingsInvalid: one that is set cannot be used.
    """
    return Access.as_set()


def middleware() -> Middleware:
    """The door, for the app.

    Raises:
        SettingsInvalid: a token that is set cannot be used.
    """
    config.load()  # now: an app whose token cannot be used shall not start
    _ask_nobody()
    return Middleware(Guard, door=door, ready=announce)


def door() -> Door:
    """What the guard goes by."""
    return Door(
        access=access(),
        names=Names(
            address=st.get_option("server.address"),
            allowed=tuple(st.get_option("server.allowedHosts") or ()),
            origins=tuple(st.get_option("server.corsAllowedOrigins") or ()),
            extra=(st.get_option("browser.serverAddress"),) if _is_named() else (),
        ),
        port=port(),
        base=base(),
        has_login=login.is_configured(),
        is_logged_in=login.is_logged_in,
        is_one=config.load().single_user != "false",
        scripts=origins.script_hashes(Path(st.__file__).parent / "static" / "index.html"),
    )


def port() -> int:
    """The server's."""
    return int(st.get_option("server.port"))


def base() -> str:
    """What every address begins with; empty, or "/" and a name."""
    found = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{found}" if found else ""


def is_open() -> bool:
    """Whether others than the one person at this machine may come, as far as that is set.

    Under "auto" others may come through a proxy all the same, which only a request tells: `visitor.is_served`.
    """
    asked = config.load().single_user
    if asked != "auto":
        return asked == "false"
    return login.is_configured() or access().is_guest_set or not is_loopback(st.get_option("server.address"))


def announce() -> None:
    """Prints where the app is, and the links that let people in."""
    if sys.stdout is None:  # it runs without a terminal: the token is the one that was set, or nobody's
        return
    address = st.get_option("server.address")
    is_public = not is_loopback(address)
    kept = access()
    lines = ["", "  Fusewise is running. This link lets you in, as the administrator:", ""]
    lines += [f"    {link}" for link in _links(Role.ADMINISTRATOR)]
    if kept.is_off:
        lines = ["", "  Fusewise is running, and asks nobody for a token (FUSEWISE_TOKEN=off):", ""]
        lines += [f"    {where}/" for where in _addresses()]
    elif not (is_public or kept.is_always_asked):
        lines += ["", "  On this machine the address alone will do; through a proxy the whole link is needed."]
    if not kept.is_off and (is_public or kept.is_guest_set or config.load().single_user == "false"):
        lines += ["", "  This one is for guests, who cannot touch the machine:", ""]
        lines += [f"    {link}" for link in _links(Role.GUEST)]
    print("\n".join([*lines, *_told_of_check(), ""]), flush=True)


def _told_of_check() -> list[str]:
    """Whether photos are checked before they are fused, where that is known and not as it should be."""
    if not is_open():
        return []
    if not refusal.is_wanted(is_served=True):
        return ["", "  Photos are not checked for nudity before they are fused (FUSEWISE_REFUSAL=off)."]
    try:
        refusal.ready(is_served=True)
    except FusionError as error:
        return ["", "  NOTHING CAN BE FUSED YET:", "", f"    {error.message}", f"    {error.remedy}"]
    return []


def _links(role: Role) -> list[str]:
    token = quote(access().token(role), safe="")
    return [f"{where}/?token={token}" for where in _addresses()]


def _addresses() -> list[str]:
    """Where the app is had. Asked of the machine itself, never of a service elsewhere."""
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    address = st.get_option("server.address")
    if _is_named():
        hosts = [str(st.get_option("browser.serverAddress"))]
    elif address in _EVERY:
        cards = psutil.net_if_addrs().values()
        found = [each.address for card in cards for each in card if each.family == socket.AF_INET]
        hosts = ["127.0.0.1", *(each for each in found if not is_loopback(each))]
    else:
        hosts = [address]
    return [f"{scheme}://{f'[{host}]' if ':' in host else host}:{port()}{base()}" for host in hosts]


def _is_named() -> bool:
    return st.get_option("browser.serverAddress") not in (None, "", "localhost")


def _ask_nobody() -> None:
    """Streamlit asks a service elsewhere for this machine's address, where it meets an origin that it does not know.

    The guard lets no such request through to it; and should one come by another way, there is no answer to be had.
    """
    net_util.get_external_ip = lambda: None
    net_util.get_internal_ip = lambda: None
