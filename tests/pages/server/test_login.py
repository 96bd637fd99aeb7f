"""Streamlit's login, where an OIDC provider is set up: a real server, asked by who has logged in and who has not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from tests.support.served import Served, served

SECRET = "a secret that signs cookies"
PROVIDER = f"""[auth]
redirect_uri = "http://127.0.0.1/oauth2callback"
cookie_secret = "{SECRET}"
client_id = "fusewise"
client_secret = "none"
server_metadata_url = "http://127.0.0.1:9/.well-known/openid-configuration"
"""
UPLOAD = "/_stcore/upload_file/session/file"


def person(port: int, secret: str = SECRET, name: str = "_streamlit_user") -> str:
    """The cookie that Streamlit gives to who has logged in."""
    about = {"origin": f"http://127.0.0.1:{port}", "is_logged_in": True, "iss": "https://id.example", "sub": "somebody"}
    return f"_streamlit_user={create_signed_value(secret, name, json.dumps(about)).decode()}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app with a provider."""
    folder: Path = tmp_path_factory.mktemp("login")
    (folder / "secrets.toml").write_text(PROVIDER)
    with served(folder, "--server.address", "0.0.0.0", "--secrets.files", str(folder / "secrets.toml")) as found:
        yield found


def test_the_page_that_asks_to_log_in_needs_no_token(server: Served) -> None:
    assert server.ask("/").status == 200
    assert server.shake(Origin=f"http://127.0.0.1:{server.port}") == 101
    assert server.shake(Origin="http://evil.example") == 403
    assert server.ask("/", Host="evil.example").status == 421


def test_photos_go_in_and_out_for_those_alone_who_have_logged_in(server: Served) -> None:
    for path, method in ((UPLOAD, "PUT"), (UPLOAD, "DELETE"), ("/fusewise/batch/0/plain/0/0", "GET")):
        assert server.ask(path, method).status == 401
        for cookie in ("_streamlit_user=forged", person(server.port, "another secret"), person(server.port, name="x")):
            assert server.ask(path, method, Cookie=cookie).status == 401
        assert server.ask(path, method, Cookie=person(server.port)).status not in (401, 200)


def test_who_has_logged_in_is_no_administrator_by_that(server: Served) -> None:
    assert server.ask("/_stcore/metrics", Cookie=person(server.port)).status == 403
    token = server.said.partition("?token=")[2].split()[0]
    assert server.ask("/_stcore/metrics", Cookie=server.ask(f"/?token={token}").cookie).status == 200


def test_a_token_that_is_set_is_asked_for_as_well(tmp_path: Path) -> None:
    (tmp_path / "secrets.toml").write_text(PROVIDER)
    with served(tmp_path, "--secrets.files", str(tmp_path / "secrets.toml"), FUSEWISE_TOKEN="auto") as server:
        assert server.ask("/", Cookie=person(server.port)).status == 401
