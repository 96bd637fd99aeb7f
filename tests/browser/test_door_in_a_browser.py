"""The door as a browser meets it: the page that asks for a token, what is loaded from where, frames, and the login."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.pages.server.test_login import PROVIDER, person
from tests.support.browser_steps import consent, fuse, sample, settled, visitor
from tests.support.served import Served, served

TOKEN, GUEST = "administrators-token-1", "guests-token-number-2"
PAGES: dict[str, str | re.Pattern[str]] = {
    "": "Fuse two faces",
    "batch": "Fuse many",
    "history": "History",
    "gpu": re.compile("GPU and memory|This machine"),
    "diagnostics": "What went",
}


@pytest.fixture(scope="module")
def far(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app as it serves others."""
    variables = {"FUSEWISE_TOKEN": TOKEN, "FUSEWISE_GUEST_TOKEN": GUEST, "STREAMLIT_SERVER_ADDRESS": "0.0.0.0"}
    with served(tmp_path_factory.mktemp("far"), **variables) as server:
        yield server


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that has never been here."""
    found = visitor(chromium)
    yield found
    found.close()


def enter(page: Page, server: Served, token: str) -> None:
    page.goto(f"{server.url}/?token={token}")
    expect(page.locator("h1")).to_be_visible()
    settled(page)


def test_a_token_is_asked_for_and_the_page_comes_back(context: BrowserContext, far: Served) -> None:
    page = context.new_page()
    answer = page.goto(f"{far.url}/history?lang=en")
    assert answer is not None
    assert answer.status == 401
    for text, is_right in (("not this one", False), (f"{far.url}/?token={TOKEN}", True)):
        expect(page.get_by_label("Token or link")).to_be_focused()  # the keyboard alone will do
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        if not is_right:
            expect(page.get_by_role("alert")).to_contain_text("not right")
    expect(page.get_by_text("Nothing has been fused here yet").or_(page.locator("h1"))).to_be_visible()
    assert page.url == f"{far.url}/history?lang=en"


def test_the_page_that_asks_is_narrow_dark_and_chinese_where_the_browser_is(chromium: Browser, far: Served) -> None:
    context = visitor(chromium, viewport={"width": 390, "height": 700}, locale="zh-CN", color_scheme="dark")
    page = context.new_page()
    page.goto(far.url)
    expect(page.get_by_label("令牌或链接")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 22, 21)"
    context.close()


def test_everything_is_loaded_from_the_server_itself_and_nothing_is_missed(
    context: BrowserContext, far: Served
) -> None:
    page = context.new_page()
    asked: list[str] = []
    refused: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda line: asked.append(line.url))
    page.on(
        "console", lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None
    )
    page.on("pageerror", lambda error: refused.append(str(error)))
    enter(page, far, TOKEN)
    assert page.url == f"{far.url}/"
    sample(page)
    consent(page)
    fuse(page)
    for path, title in PAGES.items():
        page.goto(f"{far.url}/{path}")
        expect(page.locator("h1")).to_contain_text(title)
        settled(page)
    page.wait_for_selector(".js-plotly-plot, .stPlotlyChart, h1")
    port = urlsplit(far.url).port
    inner = ("data:", f"blob:http://127.0.0.1:{port}/")
    own = (f"http://127.0.0.1:{port}/", f"ws://127.0.0.1:{port}/")
    assert {url for url in asked if not url.startswith((*inner, *own))} == set()
    assert refused == []
    assert not [url for url in asked[1:] if TOKEN in url]  # after the link itself


def test_a_guest_sees_the_machine_and_none_of_its_controls(context: BrowserContext, far: Served) -> None:
    page = context.new_page()
    enter(page, far, GUEST)
    page.goto(f"{far.url}/gpu")
    expect(page.get_by_text("What concerns the machine is the administrator's").first).to_be_visible()
    settled(page)
    assert page.get_by_role("button", name="Restart").count() == 0
    assert page.get_by_text("Process", exact=True).count() == 0
    enter(page, far, TOKEN)  # the same browser, by the other link
    page.goto(f"{far.url}/gpu")
    expect(page.get_by_role("button", name="Restart").first).to_be_visible()


def test_no_other_site_can_frame_the_app(context: BrowserContext, server: Served) -> None:
    frame = f'<iframe src="{server.url}/history" width="900" height="600"></iframe>'
    context.route("http://other.test/", lambda route: route.fulfill(content_type="text/html", body=frame))
    page = context.new_page()
    page.goto("http://other.test/")
    page.wait_for_timeout(1500)
    (inside,) = page.frames[1:]
    assert inside.url.startswith("chrome-error:")


def test_another_site_cannot_reach_the_app_by_script(context: BrowserContext, server: Served) -> None:
    context.route("http://other.test/", lambda route: route.fulfill(content_type="text/html", body="<h1>other</h1>"))
    page = context.new_page()
    page.goto("http://other.test/")
    line = server.url.replace("http", "ws") + "/_stcore/stream"
    opened = """address => new Promise(done => { const line = new WebSocket(address);
        line.onopen = () => done("open"); line.onerror = () => done("refused") })"""
    assert page.evaluate(opened, line) == "refused"
    read = "address => fetch(address).then(() => 'read', () => 'refused')"
    assert page.evaluate(read, server.url + "/_stcore/host-config") == "refused"
    drawn = """address => new Promise(done => { const image = new Image();
        image.onload = () => done("drawn"); image.onerror = () => done("refused"); image.src = address })"""
    assert page.evaluate(drawn, server.url + "/favicon.png") == "refused"


def test_where_people_log_in_nothing_is_shown_before(context: BrowserContext, tmp_path: Path) -> None:
    (tmp_path / "secrets.toml").write_text(PROVIDER)
    with served(tmp_path, STREAMLIT_SECRETS_FILES=str(tmp_path / "secrets.toml")) as server:
        page = context.new_page()
        for path in PAGES:
            page.goto(f"{server.url}/{path}")
            expect(page.locator("h1")).to_have_text("Log in to Fusewise")
        expect(page.get_by_role("button", name="Log in")).to_be_visible()
        name, value = person(urlsplit(server.url).port or 0).split("=", 1)
        context.add_cookies([{"name": name, "value": value, "url": server.url}])
        page.goto(server.url)
        expect(page.locator("h1")).to_have_text("Fuse two faces")
        expect(page.get_by_role("button", name="Log out")).to_be_visible()
