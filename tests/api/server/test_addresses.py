"""Photos from addresses: of public machines alone, whatever a name or a redirect says."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import ClassVar

import pytest

from api.bodies import _addresses_in
from api.server.addresses import Address, Fetcher, is_public
from fusion.errors import FusionError
from tests.support.programs.small_server import serving

PHOTO = b"a photo" * 1000
HOME = ipaddress.ip_address("127.0.0.1")


class Photos(BaseHTTPRequestHandler):
    """A site with a photo, and addresses that lead elsewhere."""

    asked: ClassVar[list[str]] = []
    leads: Mapping[str, str] = MappingProxyType(
        {
            "/moved": "/photo.jpg?size=1",
            "/inside": "http://10.0.0.1/secret",
            "/file": "file:///etc/passwd",
            "/on": "/on",
        }
    )

    def do_GET(self) -> None:
        """Answers."""
        self.asked.append(self.headers["Host"])
        if self.path in self.leads:
            self.send_response(302)
            self.send_header("Location", self.leads[self.path])
            self.end_headers()
        elif self.path.startswith("/photo.jpg"):
            self.send_response(200)
            self.send_header("Content-Length", str(len(PHOTO) + ("short" in self.path)))
            self.end_headers()
            self.wfile.write(PHOTO)
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def site() -> Iterator[ThreadingHTTPServer]:
    Photos.asked = []
    with serving(Photos) as server:
        yield server


def fetcher(site: ThreadingHTTPServer, *addresses: Address) -> Fetcher:
    """One that takes this machine for a public one, and every name for one of it."""
    return Fetcher(lambda each: each == HOME, frozenset({site.server_port}), lambda _host, _port: addresses or (HOME,))


def fetched(site: ThreadingHTTPServer, path: str, most: int = 10**6, *addresses: Address) -> bytes:
    return fetcher(site, *addresses).fetch("target", f"http://photos.example:{site.server_port}{path}", most)


def code(site: ThreadingHTTPServer, path: str, *addresses: Address, most: int = 10**6) -> str:
    with pytest.raises(FusionError) as caught:
        fetched(site, path, most, *addresses)
    return str(caught.value.reason)


def test_a_photo_comes_from_the_address_that_was_looked_at_and_by_its_name(site: ThreadingHTTPServer) -> None:
    assert fetched(site, "/photo.jpg") == PHOTO
    assert fetched(site, "/moved") == PHOTO
    assert set(Photos.asked) == {f"photos.example:{site.server_port}"}


@pytest.mark.parametrize("path", ["/inside", "/file"])
def test_where_it_leads_on_the_same_is_asked_again(site: ThreadingHTTPServer, path: str) -> None:
    assert code(site, path) == "request_address_refused"


def test_a_name_with_one_address_of_this_network_is_not_asked(site: ThreadingHTTPServer) -> None:
    assert code(site, "/photo.jpg", HOME, ipaddress.ip_address("10.0.0.1")) == "request_address_refused"
    assert not Photos.asked


def test_what_does_not_come_whole_does_not_come(site: ThreadingHTTPServer) -> None:
    assert code(site, "/none.jpg") == "request_address_unreached"
    assert code(site, "/on") == "request_address_unreached"
    assert code(site, "/photo.jpg?short") == "request_address_unreached"
    assert code(site, "/photo.jpg", most=100) == "photo_too_heavy"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://photos.example/photo.jpg",
        "http://photos.example:22/",
        "http://someone@photos.example/",
        "http:///photo.jpg",
        "http://[::1",
        "http://photos.example:x/",
        "http://127.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost/",
        "http://2130706433/",
        "https://0x7f.1/",
    ],
)
def test_addresses_of_other_kinds_and_of_this_machine_are_refused(url: str) -> None:
    with pytest.raises(FusionError) as caught:
        Fetcher().fetch("target", url, 100)
    assert str(caught.value.reason) in ("request_address_refused", "request_address_unreached")
    assert "target" in str(caught.value)


OF_SOMEBODYS_OWN = [
    "127.0.0.1",
    "10.1.2.3",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "192.88.99.1",
    "::1",
    "fe80::1",
    "fc00::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::1",
    "2001:0:a00:1::1",
]


@pytest.mark.parametrize("address", OF_SOMEBODYS_OWN)
def test_no_address_of_a_network_of_somebodys_own_is_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111"])
def test_addresses_of_the_internet_are(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_photos_that_are_still_to_come_are_counted() -> None:
    found = {"input": {"target": "https://a.example/1", "source": ["http://a.example/2", "data:,"]}, "preset": "art"}
    assert _addresses_in(found) == 2
