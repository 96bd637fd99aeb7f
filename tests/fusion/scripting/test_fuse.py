"""A fusion from Python is the command line's: same picture, same facts, same refusals."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from fusion import FusionError, NoFace, PairRefused, Photo, Settings, fuse
from fusion.cli.commands import main
from fusion.declared import SCRIPT
from fusion.errors import Reason, SettingsInvalid
from fusion.faces import FaceFinder
from fusion.facts import Use
from fusion.photos import decode
from fusion.scripting.labelling import store
from fusion.storage import Declarations
from fusion.types import EngineName, Role, Size, Tier
from tests.support import ROOT
from tests.support.fixtures.photos import saved
from tests.support.fixtures.shown import with_sunglasses

QUICK = Settings(engine=EngineName.LANDMARK, output=Tier.T512)
VARY = {"output", "seconds", "stages", "peak_bytes", "consent"}
Capture = pytest.CaptureFixture[str]


def test_the_picture_and_its_facts_are_those_of_the_command_line(
    sample_files: tuple[Path, Path], tmp_path: Path, capsys: Capture
) -> None:
    ours, theirs = tmp_path / "ours.png", tmp_path / "theirs.png"
    result = fuse(*sample_files, QUICK, consent=True)
    facts = json.loads(json.dumps(result.save(ours).to_json()))
    assert main([*map(str, sample_files), "-o", str(theirs), "--engine", "landmark", "--output", "512", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert facts["output"] == str(ours)
    assert [stage["stage"] for stage in facts["stages"]] == [stage["stage"] for stage in printed["stages"]]
    assert {key: facts[key] for key in facts.keys() - VARY} == {key: printed[key] for key in printed.keys() - VARY}
    one, other = (decode.read(file.read_bytes(), Role.TARGET).pixels for file in (ours, theirs))
    assert np.array_equal(one, other)


def test_what_it_says_of_itself(sample_pair: tuple[bytes, bytes]) -> None:
    result = fuse(*sample_pair, QUICK)
    assert (result.size, result.pixels.shape) == (Size(512, 512), (512, 512, 3))
    assert result.pixels.dtype == np.uint8
    assert not result.pixels.flags.writeable
    assert (result.engine, result.settings.output, result.facts.output) == ("landmark", Tier.T512, None)
    assert result.likeness is not None
    assert result.verdict is not None
    assert result.inspection is not None
    assert 0 < result.seconds < 600
    assert result.steps == ()
    assert {notice.code for notice in result.notices} >= {"glasses_carried"}
    assert result.recipe["settings"]["engine"] == "landmark"


def test_words_are_taken_for_what_they_name_and_others_refused(sample_pair: tuple[bytes, bytes]) -> None:
    words: dict[str, Any] = {"engine": "landmark", "output": "512"}
    assert fuse(*sample_pair, Settings(**words)).settings.output is Tier.T512
    with pytest.raises(SettingsInvalid, match="landmrak"):
        fuse(*sample_pair, Settings(**(words | {"engine": "landmrak"})))


def test_without_consent_only_the_sample_pair_is_fused(fresh: Path, sample_pair: tuple[bytes, bytes]) -> None:
    target, source = sample_pair
    others: list[tuple[Any, Any]] = [
        (target + b"\0", source),
        (target, [source, source + b"\0"]),
        (np.zeros((64, 64, 3), np.uint8), source),
    ]
    for given in others:
        with pytest.raises(FusionError) as caught:
            fuse(*given, settings=QUICK)
        assert caught.value.reason == Reason.CONSENT_MISSING
        assert "consent=True" in caught.value.remedy
    assert fuse(target, source, QUICK).recipe["consent"] is None
    assert not fresh.exists()


def test_a_consent_is_logged_and_stands_in_the_recipe(fresh: Path, sample_pair: tuple[bytes, bytes]) -> None:
    result = fuse(*sample_pair, QUICK, consent=True)
    (line,) = Declarations(store()).listed(now=time.time())
    assert (line.value, line.by, line.job) == ("given", SCRIPT, result.recipe["id"])
    assert result.recipe["consent"]["by"] == SCRIPT
    schema = json.loads((ROOT / "fusion" / "provenance" / "recipe.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(result.recipe)
    assert result.facts.consent is not None
    assert fresh.is_dir()


@pytest.fixture(scope="module")
def worn(target: Photo) -> bytes:
    """The target with black lenses before the eyes."""
    with FaceFinder() as finder:
        return saved(with_sunglasses(target.pixels, finder.find(target.pixels).faces[0]), "PNG")


def test_a_refused_pair_is_fused_only_where_that_is_asked_for(sample_pair: tuple[bytes, bytes], worn: bytes) -> None:
    with pytest.raises(PairRefused) as caught:
        fuse(sample_pair[1], worn, QUICK, consent=True)
    assert "anyway=True" in caught.value.remedy
    result = fuse(sample_pair[1], worn, QUICK, consent=True, anyway=True)
    assert result.settings.anyway
    with pytest.raises(PairRefused):
        fuse(sample_pair[1], worn, Settings.from_json({**QUICK.to_json(), "anyway": True}), consent=True, anyway=False)


def test_no_face_is_an_error_and_no_picture(sample_pair: tuple[bytes, bytes]) -> None:
    with pytest.raises(NoFace):
        fuse(np.full((256, 256, 3), 128, np.uint8), sample_pair[1], QUICK, consent=True)


def test_of_several_photos_each_is_told_of(sample_pair: tuple[bytes, bytes], worn: bytes) -> None:
    result = fuse(sample_pair[0], [worn, sample_pair[1]], QUICK, consent=True)
    assert [source.use for source in result.facts.sources] == [Use.WORSE, Use.BEST]


def test_a_map_says_whose_face_comes_where(sample_pair: tuple[bytes, bytes]) -> None:
    mapped = Settings.from_json({**QUICK.to_json(), "faces": {}, "map": [{"face": 0, "photo": 0}]})
    assert [face.photo for face in fuse(*sample_pair, mapped).facts.mapped] == [0]


def test_photos_that_this_machine_refuses_are_not_fused(
    fresh: Path, sample_pair: tuple[bytes, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEWISE_REFUSAL", "on")
    monkeypatch.setenv("FUSEWISE_REFUSAL_THRESHOLD", "0")
    with pytest.raises(FusionError) as caught:
        fuse(*sample_pair, QUICK)
    assert caught.value.reason in (Reason.PHOTOS_REFUSED, Reason.CHECK_MISSING)
    logged = [(line.value, line.by) for line in Declarations(store()).listed(now=time.time())] if fresh.exists() else []
    assert logged == ([("photos_refused", SCRIPT)] if caught.value.reason == Reason.PHOTOS_REFUSED else [])


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("'missing.png', 'missing.jpg', consent=True", Reason.INPUT_MISSING),
        ("b'no photo', b'no photo', consent=True", Reason.PHOTO_UNREADABLE),
        ("b'no photo', b'no photo'", Reason.CONSENT_MISSING),
    ],
)
def test_what_is_refused_loads_no_torch(given: str, reason: Reason) -> None:
    script = (
        "import sys; from fusion import FusionError, fuse\n"
        f"try: fuse({given})\n"
        "except FusionError as error: print(error.reason, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(reason), "False"]


def test_asking_for_the_call_loads_no_torch() -> None:
    script = "import sys; from fusion import fuse, fuse_async, release, Fused; release(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
