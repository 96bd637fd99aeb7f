"""Facts and recipes: what is said about a picture, and what travels inside it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fusion import provenance
from fusion.declared import Consent
from fusion.facts import Facts
from fusion.photos import Format, encode
from fusion.settings import Settings
from fusion.types import Mode, Role, Stage
from fusion.worker import run_job
from tests.support.fake_pipeline import FakePipeline
from tests.support.fixtures.marked import labelled
from tests.support.fixtures.photos import plain

MADE = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
SETTINGS = Settings(ratio=0.3, mode=Mode.BLEND)


@pytest.fixture(scope="module")
def photos() -> run_job.Photos:
    return run_job.Reader().read_pair(plain(red=10), plain(red=20))


@pytest.fixture(scope="module")
def result(photos: run_job.Photos) -> Any:
    return FakePipeline().run(photos.target, photos.source, SETTINGS, lambda stage, fraction: None)


@pytest.fixture(scope="module")
def recipe(photos: run_job.Photos, result: Any) -> dict[str, Any]:
    return provenance.recipe(result, photos.target, photos.source, MADE, id="a1b2")


def test_a_recipe_names_the_photos_by_what_they_hold(recipe: dict[str, Any], photos: run_job.Photos) -> None:
    assert recipe["target"] == {"sha256": photos.target.sha256, "width": 120, "height": 90}
    assert recipe["source"]["sha256"] == photos.source.sha256 != photos.target.sha256
    assert recipe["output"] == {"width": 120, "height": 90}
    assert recipe["made"] == "2026-11-22T08:30:00+00:00"
    assert (recipe["engine"], recipe["device"]) == ("landmark", "cpu")


def test_a_recipe_says_who_confirmed_consent_when_and_to_which_wording(
    recipe: dict[str, Any], photos: run_job.Photos, result: Any
) -> None:
    assert recipe["consent"] is None
    given = Consent("0f" * 16, MADE.timestamp(), "2026-11")
    told = provenance.recipe(result, photos.target, photos.source, MADE, consent=given, id="a1b2")
    assert told["consent"] == {"by": "0f" * 16, "at": "2026-11-22T08:30:00+00:00", "wording": "2026-11"}
    assert Settings.loads(provenance.dumps(told)) == SETTINGS  # another's consent is no setting


def test_a_recipe_names_its_job_and_says_that_nothing_was_done_to_its_picture_yet(recipe: dict[str, Any]) -> None:
    assert recipe["id"] == "a1b2"
    assert (recipe["label"], recipe["watermark"], recipe["signed"]) == (None, False, None)


def test_a_recipe_says_that_the_picture_was_made_with_ai(recipe: dict[str, Any]) -> None:
    assert "AI" in recipe["notice"]


def test_a_recipe_can_be_imported_as_settings(recipe: dict[str, Any]) -> None:
    assert Settings.loads(provenance.dumps(recipe)) == SETTINGS


def test_the_short_form_is_ascii_on_one_line_and_can_be_imported(recipe: dict[str, Any]) -> None:
    metadata = provenance.metadata(recipe)
    for value in metadata.values():
        assert value.isascii()
        assert "\n" not in value
    assert Settings.loads(metadata["Fusewise"]) == SETTINGS


@pytest.mark.parametrize("format", list(Format))
def test_every_written_format_carries_the_statement_and_the_recipe(
    format: Format, recipe: dict[str, Any], result: Any
) -> None:
    written = encode(result.pixels, format, metadata=provenance.metadata(recipe))
    assert provenance.AI_NOTICE.encode() in written
    # A comment that is itself JSON escapes the quotes of the recipe inside it.
    assert recipe["target"]["sha256"].encode() in written.replace(b"\\", b"")


def test_facts_add_up(photos: run_job.Photos, tmp_path: Path) -> None:
    pipeline: Any = FakePipeline()
    seen: list[tuple[Stage, float]] = []
    report = run_job.run(
        pipeline, photos, SETTINGS, tmp_path / "out.png", watch=lambda stage, fraction: seen.append((stage, fraction))
    )
    facts = json.loads(json.dumps(report.facts.to_json()))
    assert Facts.from_json(facts) == report.facts
    assert facts["seconds"] == pytest.approx(sum(stage["seconds"] for stage in facts["stages"]), abs=1e-3)
    assert facts["faces"]["target"]["box"] == [10, 20, 110, 140]
    assert facts["region"] == [0, 0, 120, 90]
    fractions = [fraction for _, fraction in seen]
    assert fractions == sorted(fractions)
    assert seen[-1][0] == Stage.WRITE


def test_on_a_card_the_peak_is_the_cards_whatever_the_process_holds(photos: run_job.Photos, tmp_path: Path) -> None:
    class OnACard(FakePipeline):
        device_name = "a card"

    on_card: Any = OnACard()
    measured = run_job.run(on_card, photos, SETTINGS, tmp_path / "out.png").measurement
    assert (measured.peak_bytes, measured.rest_bytes) == (1000, 500)  # as the process's, by chance, in this pipeline
    on_host: Any = FakePipeline()
    measured = run_job.run(on_host, photos, SETTINGS, tmp_path / "out.png").measurement
    # Where photos this small were read, the process may hold at its peak what it held before: nothing came on top.
    assert measured.peak_bytes == measured.host_peak_bytes >= measured.rest_bytes == photos.rest_bytes > 1000


def test_a_picture_is_written_in_the_format_that_its_name_says(photos: run_job.Photos, tmp_path: Path) -> None:
    pipeline: Any = FakePipeline()
    for name, format in {"a.png": "PNG", "a.jpg": "JPEG", "a.JPEG": "JPEG", "a.webp": "WEBP"}.items():
        run_job.run(pipeline, photos, SETTINGS, tmp_path / name)
        with Image.open(tmp_path / name) as image:
            assert image.format == format


@pytest.mark.parametrize("format", list(Format))
def test_the_recipe_is_read_back_from_every_written_format(format: Format, recipe: dict[str, Any], result: Any) -> None:
    written = encode(result.pixels, format, metadata=provenance.metadata(recipe))
    assert provenance.recipe_in(written) == {key: recipe[key] for key in recipe if key != "notice"}


@pytest.mark.parametrize("format", list(Format))
@pytest.mark.parametrize("told", [None, "", "[1]", "{", "null"])
def test_a_picture_of_another_tool_has_no_recipe_whatever_it_says(
    format: Format, told: str | None, result: Any
) -> None:
    metadata = None if told is None else {"Fusewise": told}
    assert provenance.recipe_in(encode(result.pixels, format, metadata=metadata)) is None


def test_what_is_no_picture_has_no_recipe() -> None:
    assert provenance.recipe_in(b"hello") is None


def test_a_recipe_says_what_its_photos_say_of_their_own_origin(result: Any, photos: run_job.Photos) -> None:
    ours = run_job.Reader().read(labelled("JPEG"), Role.TARGET)
    made = provenance.recipe(result, ours, photos.source, MADE, id="a1b2")
    assert made["target"]["origin"] == {"claims": ["ours", "aigc", "iptc"], "ai": True, "produce_id": "a1b2c3"}
    assert "origin" not in made["source"]
