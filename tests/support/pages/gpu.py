"""What the page of the machine shows, and looking at it anew."""

from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest

from pages.parts.services import services
from tests.support.app_driver import until


def clear() -> None:
    """Forget what was seen of the machine."""
    for resource in (services.scene, services.watch, services.monitor, services.reader):
        resource.clear()


def looked(at: AppTest) -> AppTest:
    """After the first sample."""
    return until(at, lambda at: bool(bars(at)))


def looked_over(at: AppTest) -> AppTest:
    """The same where there are several cards."""
    return until(at, lambda at: any("min-width:7rem" in html.proto.body for html in at.get("html")))


def bars(at: AppTest) -> list[str]:
    """What each bar says to who does not see it."""
    return [found for html in at.get("html") for found in re.findall(r'aria-label="(.*?)"', html.proto.body)]


def table(at: AppTest) -> list[list[str]]:
    """The rows of the table of processes, without their heading."""
    written = next(html.proto.body for html in at.get("html") if "<table" in html.proto.body)
    return [re.findall(r"<td.*?>(.*?)</td>", line) for line in written.split("<tr>")[2:]]


def ready(at: AppTest) -> int:
    """The worker's number, once it is warm."""
    until(at, lambda at: services.jobs().worker().state == "ready")
    pid = services.jobs().worker().pid
    assert pid is not None
    return pid
