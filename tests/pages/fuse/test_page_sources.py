"""Several photos of the source on the Fuse page: which is taken and why, a click for another, and open again."""

from __future__ import annotations

import cv2
import pytest
from streamlit.testing.v1 import AppTest

from fusion.settings import MAX_SOURCES
from fusion.types import Role
from tests.support.app_driver import desk, has_button, keys, png, press, run, session, texts, upload, with_samples
from tests.support.fixtures.photos import admiral

BLURRED = cv2.GaussianBlur(admiral(), (0, 0), 5)


def with_more(at: AppTest, *photos: tuple[str, bytes]) -> AppTest:
    """The session once more photos lie in the second box."""
    box = at.file_uploader(key=f"upload_more_{Role.SOURCE}_{desk(at).more.turn}")
    for name, data in photos:
        box.upload(name, data)
    return run(at)


@pytest.fixture(scope="module")
def blurred() -> bytes:
    return png(BLURRED)


def names(at: AppTest) -> list[str]:
    return [slot.name for slot in desk(at).sources]


def test_one_photo_leaves_nothing_to_choose() -> None:
    at = with_samples(session())
    assert not keys(at, "pick_source_")
    assert desk(at).asked(desk(at).wishes.shown).source_photo is None


def test_the_photo_that_suits_best_is_marked_and_a_click_takes_another(blurred: bytes) -> None:
    at = with_more(with_samples(session()), ("soft.png", blurred))
    assert keys(at, "pick_source_") == ["pick_source_0", "pick_source_1"]
    assert "Number 1 suits best: it is the sharpest." in texts(at)
    assert desk(at).used_source is desk(at).sources[0]
    press(at, "pick_source_1")
    assert "Number 2 is used, as you have chosen." in texts(at)
    assert desk(at).used_source is desk(at).sources[1]
    assert desk(at).asked(desk(at).wishes.shown).source_photo == 1
    press(at, "pick_source_1")
    assert desk(at).more.picked is None


def test_a_settings_file_chooses_a_photo_too(blurred: bytes) -> None:
    at = with_more(with_samples(session()), ("soft.png", blurred))

    def imported(text: bytes) -> str:
        key = f"import_{at.session_state['import_turn']}"
        at.file_uploader(key=key).upload("settings.json", text)
        return texts(run(at))

    assert "Number 2 is used, as you have chosen." in imported(b'{"source_photo": 1}')
    imported(b'{"source_photo": 7}')
    assert any("Source photo 7 was asked for, but there are 2." in str(error.value) for error in at.error)
    assert desk(at).more.picked == 1


def test_photos_that_are_put_into_the_first_box_together_are_all_taken(blurred: bytes) -> None:
    at = run(session())
    box = at.file_uploader(key=f"upload_{Role.SOURCE}_{desk(at).slots[Role.SOURCE].turn}")
    box.upload("soft.png", blurred)
    box.upload("sharp.png", png(admiral()))
    run(at)
    assert names(at) == ["soft.png", "sharp.png"]
    upload(at, Role.TARGET, "target.png", png(admiral()))
    assert "Number 2 suits best" in texts(at)


def test_one_is_taken_away_and_the_next_moves_up(blurred: bytes) -> None:
    at = with_more(with_samples(session()), ("soft.png", blurred), ("words.jpg", b"words"))
    assert names(at) == ["grace_hopper.jpg", "soft.png"]
    assert any("This is not a photo" in str(error.value) for error in at.error)
    press(at, "remove_source_0")
    assert names(at) == ["soft.png"]
    assert not has_button(at, "remove_source_0")


def test_there_are_no_more_than_there_may_be(blurred: bytes) -> None:
    at = with_samples(session())
    for number in range(MAX_SOURCES - 1):
        with_more(at, (f"{number}.png", blurred))
    assert len(names(at)) == MAX_SOURCES
    assert not any(box.key and box.key.startswith("upload_more") for box in at.file_uploader)


def test_a_fusion_takes_them_all_along_and_can_be_opened_again(blurred: bytes) -> None:
    at = with_more(with_samples(session()), ("soft.png", blurred))
    here = desk(at)
    here.agreed.take(True)
    here.start(here.asked(here.wishes.shown))
    assert here.job is not None
    job = here.queue.view(here.job)
    assert [photo.name for photo in job.sources] == ["grace_hopper.jpg", "soft.png"]
    assert len(here.queue.sources(job.id)) == 2
    here.cancel()
