"""A result becomes a file as one of the command line does: labelled, with its origin, and over nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fusion import Fused, Settings, fuse, provenance, verification
from fusion.errors import OutputRejected, Reason, SettingsInvalid
from fusion.photos import decode
from fusion.types import EngineName, Fill, Fit, Role, Size, Stage, Tier

QUICK = Settings(engine=EngineName.LANDMARK, output=Tier.T512)


@pytest.fixture(scope="module")
def result(sample_files: tuple[Path, Path]) -> Fused:
    return fuse(*sample_files, QUICK)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_the_file_says_where_it_is_from(result: Fused, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"out{suffix}"
    facts = result.save(file)
    assert facts.output == file
    assert (facts.stages[-1].stage, facts.seconds >= result.seconds) == (Stage.WRITE, True)
    data = file.read_bytes()
    recipe = provenance.recipe_in(data)
    assert recipe is not None
    assert recipe["id"] == result.recipe["id"]
    photo = decode.read(data, Role.TARGET)
    assert photo.origin is not None
    assert photo.origin.is_ai


def test_the_label_is_drawn_into_the_file_and_not_into_the_array(
    result: Fused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    was = result.pixels.copy()
    for switch in ("on", "off"):
        monkeypatch.setenv("FUSEWISE_LABEL", switch)
        result.save(tmp_path / f"{switch}.png")
    on, off = (decode.read((tmp_path / f"{name}.png").read_bytes(), Role.TARGET).pixels for name in ("on", "off"))
    assert np.array_equal(off, was)
    assert np.array_equal(result.pixels, was)
    assert not np.array_equal(on, was)


def test_nothing_is_written_over_but_where_that_is_asked_for(result: Fused, tmp_path: Path) -> None:
    file = tmp_path / "out.png"
    file.write_bytes(b"somebody's")
    with pytest.raises(OutputRejected) as caught:
        result.save(file)
    assert (caught.value.reason, file.read_bytes()) == (Reason.OUTPUT_EXISTS, b"somebody's")
    assert "overwrite=True" in caught.value.remedy
    result.save(file, overwrite=True)
    assert file.read_bytes().startswith(b"\x89PNG")


def test_no_photo_that_was_given_is_ever_written_over(result: Fused, sample_files: tuple[Path, Path]) -> None:
    with pytest.raises(OutputRejected) as caught:
        result.save(sample_files[0], overwrite=True)
    assert caught.value.reason == Reason.OUTPUT_IS_INPUT


@pytest.mark.parametrize(
    ("name", "reason"),
    [("out.gif", Reason.OUTPUT_FORMAT), ("out", Reason.OUTPUT_FORMAT), ("no/out.png", Reason.OUTPUT_UNWRITABLE)],
)
def test_a_place_or_a_format_that_cannot_be_is_refused(
    result: Fused, tmp_path: Path, name: str, reason: Reason
) -> None:
    with pytest.raises(OutputRejected) as caught:
        result.save(tmp_path / name)
    assert caught.value.reason == reason
    assert list(tmp_path.iterdir()) == []


def test_what_is_transparent_stays_so(sample_pair: tuple[bytes, bytes], tmp_path: Path) -> None:
    padded = Settings(engine=EngineName.LANDMARK, output=Size(768, 512), fit=Fit.PAD, fill=Fill.TRANSPARENT)
    result = fuse(*sample_pair, padded)
    result.save(tmp_path / "out.png")
    assert decode.stored((tmp_path / "out.png").read_bytes()).shape == (512, 768, 4)
    with pytest.raises(OutputRejected) as caught:
        result.save(tmp_path / "out.jpg")
    assert caught.value.reason == Reason.OUTPUT_OPAQUE


def test_a_wrong_variable_is_told_before_anything_is_fused(
    sample_pair: tuple[bytes, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEWISE_C2PA_CERT", "no such file.pem")
    with pytest.raises(SettingsInvalid):
        fuse(*sample_pair, QUICK)


def test_whoever_checks_it_finds_what_it_says_of_itself_unbroken(result: Fused, tmp_path: Path) -> None:
    result.save(tmp_path / "out.png")
    report = verification.verify((tmp_path / "out.png").read_bytes())
    assert (report.verdict, report.is_ai) == (verification.Verdict.CLAIMED, True)
    assert report.produce_id == result.recipe["id"]
