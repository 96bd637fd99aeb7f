"""What a photo says of AI in its origin: told once, and handed on to the recipe of what is made of it."""

from __future__ import annotations

import pytest

from fusion.marks import Claim, Origin
from fusion.photos import decode
from fusion.types import Role
from tests.support.fixtures.marked import AI, FORMATS, labelled, picture, with_source, with_store


def codes(data: bytes) -> list[str]:
    return [notice.code for notice in decode.read(data, Role.SOURCE).notices]


@pytest.mark.parametrize("format", FORMATS)
def test_a_photo_with_a_label_is_told_of_and_its_number_goes_on(format: str) -> None:
    photo = decode.read(labelled(format), Role.TARGET)
    assert [str(notice) for notice in photo.notices] == [
        "The target photo says that it was made with AI: the result's recipe says so too."
    ]
    assert photo.origin == Origin((Claim.OURS, Claim.AIGC, Claim.IPTC), True, "a1b2c3")


@pytest.mark.parametrize(
    "data",
    [
        picture("JPEG", packet=with_source(AI)),
        picture("PNG", texts={"parameters": "a cat\nSteps: 20, Sampler: Euler"}),
        with_store(picture("WEBP"), AI.encode()),
    ],
)
def test_whatever_says_so_is_told_of(data: bytes) -> None:
    assert codes(data) == ["says_ai"]


def test_a_signed_history_without_ai_is_told_of_as_what_it_is() -> None:
    data = with_store(picture("JPEG"))
    assert codes(data) == ["carries_c2pa"]
    assert decode.read(data, Role.SOURCE).origin == Origin((Claim.C2PA,), False)


@pytest.mark.parametrize("format", FORMATS)
def test_a_photo_that_says_nothing_is_not_spoken_of(format: str) -> None:
    photo = decode.read(picture(format, Software="Camera 1"), Role.TARGET)
    assert (photo.notices, photo.origin) == ((), None)
