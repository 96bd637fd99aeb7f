"""What is given to the Batch page and set there, through the app's entry point."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from advisor.recommendation import Intent, Pair, recommend
from fusion.batches import judging
from fusion.faces import FaceFinder, Search
from fusion.settings import Preset
from fusion.types import Tier
from pages.parts.session import pins
from tests.support.app_driver import desk, has_button, png, run, texts, until
from tests.support.fixtures.photos import admiral, astronaut, scene
from tests.support.fixtures.shown import shades
from tests.support.pages.batch import checked, give, here, photo
from tests.support.waiting import SECONDS

PAGE = "pages/studio/batch.py"


def test_before_anything_is_given_the_page_says_what_it_is_for(app: AppTest) -> None:
    assert "Fuse many at once" in texts(app)
    assert "batch_start" not in [button.key for button in app.button]


@pytest.mark.usefixtures("any_photo_will_do")
def test_what_will_be_done_is_said_before_it_is_begun(app: AppTest) -> None:
    checked(give(app, 10, 20, extra=(("words.png", b"words"),)))
    said = texts(app)
    assert "2 fusions of 3 photos" in said
    assert "words.png" in said
    assert "This is not a photo that can be read" in said
    assert "GiB free" in said
    assert app.button(key="batch_start").disabled  # consent comes first


@pytest.mark.usefixtures("any_photo_will_do")
def test_a_table_and_its_photos_are_taken_together(app: AppTest) -> None:
    app.segmented_control(key="batch_way").set_value("files")
    run(app)
    table = b"target,source,output\na.png,b.png,512\nnone.png,b.png,\n"
    uploader = app.file_uploader(key=f"batch_files_{here(app).turn}")
    uploader.upload("pairs.csv", table).upload("a.png", photo(1)).upload("b.png", photo(2))
    said = texts(checked(app))
    assert "1 fusion of 2 photos" in said
    assert "Row 3" in said
    assert "There is no photo called none" in said.replace("\\", "")


@pytest.mark.usefixtures("any_photo_will_do")
def test_several_photos_of_one_person_are_used_together_for_each_target(app: AppTest) -> None:
    checked(give(app, 10, 20, person=3))
    assert "2 fusions of 5 photos" in texts(app)
    assert "me.png +2" in app.table[0].value.to_string()
    planned = here(app).planned
    assert planned is not None
    assert [len(pair.sources) for pair in planned[0].pairs] == [3, 3]


def test_a_person_of_more_photos_than_there_may_be_is_refused(app: AppTest) -> None:
    give(app, 10, person=9)
    assert "There are 9 source photos; 8 is the most." in texts(app)
    assert "batch_start" not in [button.key for button in app.button]


def test_a_pair_that_makes_no_picture_is_left_out_before_the_start_unless_it_is_wanted_anyway(app: AppTest) -> None:
    app.file_uploader(key=f"batch_person_{here(app).turn}").upload("shades.png", shades())
    app.file_uploader(key=f"batch_targets_{here(app).turn}").upload("admiral.png", png(admiral()))

    def judged() -> str:
        judging = here(run(app)).judged
        assert judging is not None
        judging.wait(60)
        return texts(run(app))

    said = judged()
    assert "admiral.png + shades.png" in said.replace("\\", "")
    assert "This pair will make no picture" in said
    assert app.button(key="batch_start").label == "Start 0 fusions"
    app.toggle(key="batch_anyway").set_value(True)
    assert "This pair will make no picture" not in judged()
    assert app.button(key="batch_start").label == "Start 1 fusion"


def test_a_zip_that_cannot_be_used_says_why(app: AppTest) -> None:
    app.segmented_control(key="batch_way").set_value("files")
    run(app)
    app.file_uploader(key=f"batch_files_{here(app).turn}").upload("photos.zip", b"not a zip")
    assert "This is not a ZIP that can be read" in texts(run(app))


def test_each_pair_is_judged_before_the_start_and_what_makes_no_picture_is_left_out(app: AppTest) -> None:
    turn = here(app).turn
    app.file_uploader(key=f"batch_person_{turn}").upload("admiral.png", png(admiral()))
    targets = app.file_uploader(key=f"batch_targets_{turn}")
    for name, data in (
        ("bare.png", png(astronaut())),
        ("sunglasses.png", shades()),
        ("nobody.png", png(scene(64, 64))),
    ):
        targets = targets.upload(name, data)
    run(app).checkbox(key="batch_consent").check()
    checked(app)
    bare, sunglasses, nobody = app.table[0].value["The two photos"]
    assert "The two photos will do" in bare
    assert "The two photos make no picture" in sunglasses
    assert "The eyes in the target photo are behind dark lenses." in sunglasses
    assert "No face" in nobody
    assert "Make no picture: 1]" in texts(app)
    assert "1 fusion of 2 photos" in texts(app)
    assert "**nobody.png**" in texts(app).replace("\\", ""), "named alone, before anything is started"
    assert "No face was found in the target photo" in texts(app)
    assert app.button(key="batch_start").label == "Start 1 fusion"


def test_of_several_faces_it_is_said_which_is_taken(app: AppTest) -> None:
    both = np.zeros((600, 1024, 3), np.uint8)
    both[:512, :512], both[:, 512:] = astronaut(), admiral()
    app.file_uploader(key=f"batch_person_{here(app).turn}").upload("me.png", png(admiral()))
    app.file_uploader(key=f"batch_targets_{here(app).turn}").upload("both.png", png(both))
    said = texts(checked(app))
    assert "Several faces in **both.png**: the largest" in said
    assert "crop the photo to that face" in said, "who drops photos has no table"
    assert "column" not in said.partition("Several faces in")[2].partition("\n")[0]


class Slow(FaceFinder):
    """A finder that looks at one photo and is long at the next."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = threading.Event()
        self.searches = 0

    def find(self, pixels: np.ndarray) -> Search:
        self.searches += 1
        if self.searches > 1:
            self.goes_on.wait(SECONDS)
        return super().find(pixels)


def test_the_check_of_the_photos_tells_how_far_it_is_holds_up_the_start_and_can_be_left(app: AppTest) -> None:
    with Slow() as finder:
        here(app).looks = judging.Looks(finder)
        give(app, 10, 20)
        until(app, lambda at: finder.searches > 1)
        app.checkbox(key="batch_consent").check()
        assert "1 of 3 photos checked" in str([bar.text for bar in run(app).progress])
        assert app.button(key="batch_start").disabled
        app.button(key="batch_check_skip").click()
        run(app)
        finder.goes_on.set()  # not before: the check could be through by then
        until(app, lambda at: not has_button(at, "batch_check_skip"))
        assert not app.button(key="batch_start").disabled
        assert "of 3 photos were checked" in texts(app)


def test_a_scenario_sets_the_batch_and_not_the_other_page(app: AppTest) -> None:
    app.button(key="batch_preset_art").click()
    run(app)
    assert app.segmented_control(key="batch_mode").value == "blend"
    assert desk(app).wishes.intent == Intent.AUTO


@pytest.mark.parametrize("preset", list(Preset))
def test_of_a_scenario_a_pair_gets_the_size_that_is_recommended_for_it_alone(app: AppTest, preset: Preset) -> None:
    """A scenario's own size, at which this photo would come out soft, is only what it aims at."""
    app.button(key=f"batch_preset_{preset}").click()
    app.file_uploader(key=f"batch_person_{here(app).turn}").upload("me.png", png(admiral()))
    app.file_uploader(key=f"batch_targets_{here(app).turn}").upload("other.png", png(astronaut()))
    run(app)
    plan, forecast = here(checked(app)).planned or (None, None)
    assert plan is not None
    assert forecast is not None
    (pair,) = plan.pairs
    subject, machine = here(app).looks.subject(pair), forecast.machine
    assert subject is not None
    alone = recommend(
        Pair(subject),
        Intent(preset),
        pair.settings,
        pins.said(pair.settings),
        machine.place,
        machine.ways,
        machine.coefficients,
    )
    assert alone.chosen is not None
    assert str(forecast.of(pair).size) == str(alone.chosen.size) == "512×512"
    assert forecast.settled(pair, here(app).looks).output == Tier.ORIGINAL
    assert "512×512" in app.table[0].value.to_string()


def test_what_is_set_for_glasses_and_beards_goes_into_every_pair(app: AppTest) -> None:
    app.segmented_control(key="batch_glasses").set_value("none")
    app.segmented_control(key="batch_facial_hair").set_value("target")
    app.segmented_control(key="batch_mirror").set_value("off")
    app.toggle(key="batch_anyway").set_value(True)
    give(app, 10, 20)
    planned = here(app).planned
    assert planned is not None
    (settings,) = {pair.settings for pair in planned[0].pairs}
    assert (settings.glasses, settings.facial_hair, settings.mirror) == ("none", "target", "off")
    assert settings.anyway


def test_settings_are_still_there_when_somebody_comes_back(app: AppTest) -> None:
    app.slider(key="batch_ratio").set_value(0.35)
    run(app).switch_page("pages/studio/history.py")
    run(app).switch_page(PAGE)
    assert run(app).slider(key="batch_ratio").value == 0.35


def test_the_page_speaks_chinese(app: AppTest) -> None:
    app.segmented_control(key="lang").set_value("zh")
    assert "批量融合" in texts(run(app))
