"""The rungs of the ladder: which comes next for a job, and what it makes of its settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fusion.memory import Footing, Rung, Saving, Step, fallback
from fusion.settings import Settings
from fusion.sizing import Subject, layout
from fusion.types import Aspect, Box, EngineName, Fit, Precision, Size, Switch, Tier

PHOTO = Size(3000, 2000)
LARGE = Subject(PHOTO, Box(1000, 500, 2000, 1600), 900.0, 700.0, Size(1500, 2000))
SMALL = replace(LARGE, face=Box(1000, 500, 1060, 560), target_px=50.0)
UNET = Footing(EngineName.UNET, Precision.FLOAT32, Precision.BFLOAT16, LARGE, on_card=True)
LANDMARK = Footing(EngineName.LANDMARK, Precision.FLOAT32, None, LARGE, on_card=False)
TO_2048, TO_1024, TO_512 = (Step(Rung.TIER, *sides) for sides in (("4096", "2048"), ("2048", "1024"), ("1024", "512")))


def rungs(settings: Settings, footing: Footing) -> list[Rung]:
    return [step.rung for step in fallback.steps_down(settings, footing, 99)]


def test_the_ladder_is_walked_in_its_order_to_its_end() -> None:
    steps = fallback.steps_down(Settings(output=Tier.T4096, two_stage=Switch.OFF), UNET, 99)
    assert steps == (
        Step(Rung.LENT, "card", "host"),
        Step(Rung.PRECISION, "float32", "bfloat16"),
        Step(Rung.TWO_STAGE, "one", "two"),
        TO_2048,
        TO_1024,
        TO_512,
        Step(Rung.CPU, "cuda", "cpu"),
    )


def test_strips_come_before_all_that_changes_the_picture() -> None:
    failed = replace(UNET, strip_rows=1024)
    steps = fallback.steps_down(Settings(output=Tier.T4096, two_stage=Switch.OFF), failed, 99)
    assert steps[0] == Step(Rung.STRIPS, "1024", "64")
    assert steps[1:] == fallback.steps_down(Settings(output=Tier.T4096, two_stage=Switch.OFF), UNET, 99)
    assert fallback.apply(Settings(), steps[:1]) == Settings()  # it is no setting of anybody's
    assert fallback.apply(Settings(), steps[1:2]) == Settings()
    on_card = steps[:-1]
    assert fallback.saving(on_card) == Saving(64, lends=True)
    assert fallback.saving(on_card[1:]) == Saving(None, lends=True)
    assert fallback.saving(on_card[2:]) == Saving()


def test_no_more_steps_are_given_than_are_asked_for() -> None:
    assert len(fallback.steps_down(Settings(output=Tier.T4096), UNET, 2)) == 2


@pytest.mark.parametrize(
    ("settings", "footing", "without"),
    [
        (Settings(output=Tier.T2048), replace(UNET, lower=None), Rung.PRECISION),
        (Settings(output=Tier.T2048), LANDMARK, Rung.PRECISION),
        (Settings(output=Tier.T2048), LANDMARK, Rung.CPU),
        (Settings(output=Tier.T2048, two_stage=Switch.ON), UNET, Rung.TWO_STAGE),
        (Settings(output=Tier.T4096), LANDMARK, Rung.TWO_STAGE),  # auto is two stages already
        (Settings(output=Tier.T2048), replace(UNET, subject=SMALL), Rung.TWO_STAGE),  # the face fits stage one whole
        (Settings(output=Tier.T512), UNET, Rung.TIER),
        (Settings(output=Size(500, 500)), UNET, Rung.TIER),
        (Settings(output=Tier.T2048), UNET, Rung.STRIPS),  # memory ran out elsewhere than in the enhancer
        (Settings(output=Tier.T2048), replace(UNET, strip_rows=64), Rung.STRIPS),
        (Settings(output=Tier.T2048), replace(UNET, lends=True), Rung.LENT),
        (Settings(output=Tier.T2048), replace(UNET, on_card=False), Rung.LENT),
        (Settings(output=Tier.T2048), replace(LANDMARK, on_card=True), Rung.LENT),
        (Settings(output=Tier.T2048, ratio=0), UNET, Rung.PRECISION),
        (Settings(output=Tier.T2048, ratio=0), UNET, Rung.CPU),
    ],
)
def test_a_rung_that_would_change_nothing_is_left_out(settings: Settings, footing: Footing, without: Rung) -> None:
    assert without not in rungs(settings, footing)


def test_two_stages_which_unet_takes_only_when_asked_are_a_rung_of_its_ladder() -> None:
    assert Rung.TWO_STAGE in rungs(Settings(output=Tier.T4096), UNET)


def test_a_job_that_failed_before_its_faces_were_found_has_no_rung() -> None:
    assert rungs(Settings(output=Tier.T4096), replace(UNET, subject=Subject(PHOTO))) == []


def test_a_job_never_comes_out_below_512_for_memory() -> None:
    for output in (Tier.T4096, Tier.ORIGINAL, Size(6000, 300), Size(700, 700)):
        last = [step for step in fallback.steps_down(Settings(output=output), UNET, 99) if step.rung == Rung.TIER][-1]
        assert last.after == "512"


@pytest.mark.parametrize(
    ("output", "photo", "first"),
    [
        (Tier.ORIGINAL, Size(3000, 2000), "2048"),
        (Tier.AUTO, Size(3000, 2000), "1024"),  # 2048² is the most that it takes
        (Tier.ORIGINAL, Size(2100, 2100), "1024"),  # 2048² would leave nearly all of it
        (Size(2400, 1200), Size(3000, 2000), "1024"),
        (Size(8000, 4000), Size(3000, 2000), "4096"),
    ],
)
def test_sizes_without_a_tier_go_to_the_next_one_below(output: Tier | Size, photo: Size, first: str) -> None:
    footing = replace(UNET, subject=replace(LARGE, photo=photo))
    step = next(step for step in fallback.steps_down(Settings(output=output), footing, 99) if step.rung == Rung.TIER)
    assert (step.before, step.after) == (str(output), first)


@pytest.mark.parametrize(
    "given",
    [
        {"output": Tier.ORIGINAL, "fit": Fit.CROP},
        {"output": Tier.AUTO, "fit": Fit.PAD},
        {"output": Tier.T2048, "aspect": Aspect.THREE_TO_FOUR, "fit": Fit.CROP},
        {"output": Tier.T2048, "fit": Fit.PAD},
        {"output": Tier.T2048},
        {"output": Size(2400, 1200), "fit": Fit.PAD},
    ],
)
def test_a_smaller_tier_keeps_the_shape_and_has_the_tiers_pixels(given: dict[str, Any]) -> None:
    settings = Settings(**given)
    asked = layout.plan(PHOTO, settings, LARGE.face).size
    made = layout.plan(PHOTO, fallback.apply(settings, (TO_1024,)), LARGE.face).size
    assert made.width / made.height == pytest.approx(asked.width / asked.height, rel=0.01)
    assert made.pixels == pytest.approx(1024 * 1024, rel=0.01)


def test_what_was_asked_for_besides_stays_as_it_was() -> None:
    asked = Settings(ratio=0.3, brightness=0.1, output=Tier.T2048)
    used = fallback.apply(asked, (Step(Rung.PRECISION, "float32", "bfloat16"), TO_1024))
    assert used == replace(asked, precision=Precision.BFLOAT16, output=Tier.T1024, two_stage=Switch.ON)
    assert fallback.apply(asked, ()) == asked
    assert fallback.apply(asked, (Step(Rung.TILE, "512", "256"),)) == asked


def test_a_smaller_output_is_never_made_in_one_stage_for_it() -> None:
    """At 2048 px `auto` is one stage, which may need more than two at 4096 px did."""
    assert fallback.apply(Settings(output=Tier.T4096), (TO_2048,)).two_stage == Switch.ON


def test_the_processor_computes_in_the_precision_that_was_asked_for() -> None:
    steps = (Step(Rung.PRECISION, "float32", "float16"), Step(Rung.CPU, "cuda", "cpu"))
    assert fallback.apply(Settings(), steps).precision == Precision.AUTO


def test_on_the_processor_a_job_has_the_size_and_the_stages_that_it_was_asked_for() -> None:
    asked = Settings(output=Tier.T2048)
    to_cpu = Step(Rung.CPU, "cuda", "cpu")
    steps = (Step(Rung.LENT, "card", "host"), Step(Rung.TWO_STAGE, "one", "two"), TO_1024, TO_512, to_cpu)
    assert fallback.apply(asked, steps) == asked
    assert fallback.saving(steps) == Saving()
    assert fallback.in_force(steps) == (to_cpu,)
    assert fallback.apply(asked, (*steps, TO_1024)).output == Tier.T1024  # memory of its own may run out there
    assert fallback.in_force(steps[:-1]) == steps[:-1]


@pytest.mark.parametrize("rung", Rung)
def test_every_rung_is_told_in_words_and_survives_the_pipe(rung: Rung) -> None:
    step = Step(rung, "a", "b")
    assert Step.from_json(step.to_json()) == step
    assert "emory ran out" in str(step.notice)
