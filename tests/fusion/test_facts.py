"""The facts of a job: as the command line prints them and the database keeps them, and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.declared import LOCAL, SCRIPT, Consent
from fusion.errors import FusionError
from fusion.face_facts import FaceFacts
from fusion.facts import Facts, SourceFacts, Use
from fusion.inspected import Fault, FaultKind, Inspection, Part
from fusion.memory import Rung, Step
from fusion.notices import Notice
from fusion.settings import Settings
from fusion.sizing import Rect, StageCost
from fusion.suitability import THRESHOLDS
from fusion.types import Box, EngineName, Role, Size, Stage, Tier
from fusion.verdict import Cause, Suitability, Verdict
from tests.support.fixtures.facts import facts

# As they were printed and kept while they were a dictionary.
OLD: dict[str, Any] = json.loads((Path(__file__).resolve().parents[1] / "data" / "facts.json").read_bytes())
# told since then
SINCE: dict[str, Any] = dict.fromkeys(("likeness", "suitability", "inspection", "consent")) | {
    "sources": [],
    "heads": [],
    "mapped": [],
}

numbers = st.integers(-9999, 9999) | st.floats(-1e6, 1e6)
whole = st.integers(0, 2**40)
faces = st.builds(FaceFacts, st.builds(Box, *[numbers] * 4), *[numbers] * 6)
sources = st.builds(
    SourceFacts,
    st.text("0123456789abcdef"),
    st.sampled_from(Use),
    st.lists(st.text(max_size=8)).map(tuple),
    st.sampled_from(["", "pose"]),
    st.dictionaries(st.text(max_size=8), numbers),
)
judged = st.builds(
    lambda measured, verdict, value, role: Cause(measured[0], verdict, value, measured[1], role),
    st.sampled_from(list(THRESHOLDS)),
    st.sampled_from(Verdict),
    st.floats(0, 99),
    st.none() | st.sampled_from(Role),
)
boxes = st.builds(Box, *[st.floats(0, 9999)] * 4)
seen = st.builds(Fault, st.sampled_from(FaultKind), st.sampled_from(Part), st.floats(1, 9), boxes)
inspections = st.builds(
    Inspection, st.lists(seen, max_size=3).map(tuple), st.lists(st.sampled_from(Part), max_size=2).map(tuple)
)
any_facts = st.builds(
    Facts,
    output=st.none() | st.text("ab/é.", min_size=1).map(Path),
    size=st.builds(Size, whole, whole),
    engine=st.sampled_from(EngineName),
    device=st.text(max_size=30),
    seconds=numbers,
    region=st.builds(Rect, *[whole] * 4),
    peak_bytes=whole,
    stages=st.lists(st.builds(StageCost, st.sampled_from(Stage), numbers), max_size=4).map(tuple),
    target_face=faces,
    source_face=faces,
    settings=st.builds(Settings, sharpen=st.none() | st.floats(0, 1), output=st.sampled_from([*Tier, Size(640, 480)])),
    steps=st.lists(st.builds(Step, st.sampled_from(Rung), st.text(), st.text()), max_size=3).map(tuple),
    notices=st.lists(st.sampled_from([Notice("ratio_zero"), Notice("rotated", {"role": "target"})])).map(tuple),
    sources=st.lists(sources, max_size=3).map(tuple),
    heads=st.lists(st.builds(Box, *[numbers] * 4), max_size=3).map(tuple),
    suitability=st.none() | st.lists(judged, max_size=3).map(tuple).map(Suitability),
    consent=st.none()
    | st.builds(Consent, st.sampled_from([LOCAL, SCRIPT, "0f" * 16]), st.integers(0, 2**33).map(float)),
)


@given(any_facts)
def test_facts_come_back_from_json_as_they_were(told: Facts) -> None:
    text = json.dumps(told.to_json())
    again = Facts.from_json(json.loads(text))
    assert again == told
    assert json.dumps(again.to_json()) == text


def test_what_was_kept_as_a_dictionary_is_read_and_printed_as_it_was() -> None:
    kept = Facts.from_json(OLD)
    assert (kept.size, kept.region) == (Size(512, 512), Rect(135, 25, 182, 199))
    assert kept.target_face.box == Box(180.5, 70.6, 271.2, 178.6)
    assert kept.steps == (Step(Rung.TIER, "1024", "512"),)
    told = kept.to_json()
    assert told | {"settings": OLD["settings"]} == OLD | SINCE
    assert told["settings"].items() >= OLD["settings"].items()


def test_what_older_versions_did_not_tell_is_not_asked_for() -> None:
    older = {name: value for name, value in OLD.items() if name not in ("region", "steps")}
    assert Facts.from_json(older) == Facts.from_json(OLD | {"region": [0, 0, 0, 0], "steps": []})


def test_of_an_older_job_all_that_may_have_been_fused_is_kept_clear() -> None:
    left, top, width, height = OLD["region"]
    assert Facts.from_json(OLD).to_keep_clear == (Box(left, top, left + width, top + height),)
    assert Facts.from_json(OLD | {"heads": [[1, 2, 3, 4]]}).to_keep_clear == (Box(1, 2, 3, 4),)


def test_a_notice_that_has_no_sentence_any_more_is_read() -> None:
    gone = {"code": "two_stage_ignored", "details": {}, "text": "as it was"}
    assert Facts.from_json(OLD | {"notices": [gone]}).notices == (Notice("two_stage_ignored"),)


@pytest.mark.parametrize("missing", [name for name in OLD if name not in ("region", "steps")])
def test_facts_that_lack_something_are_refused(missing: str) -> None:
    with pytest.raises(KeyError, match=missing):
        Facts.from_json({name: value for name, value in OLD.items() if name != missing})


@pytest.mark.parametrize(
    "damage",
    [
        {"width": "wide"},
        {"width": True},
        {"seconds": None},
        {"device": 7},
        {"output": 7},
        {"engine": "psychic"},
        {"region": [1, 2, 3]},
        {"region": [1, 2, 3, 4.5]},
        {"stages": [{"stage": "fuse"}]},
        {"stages": [{"stage": "dream", "seconds": 1.0}]},
        {"faces": {"target": OLD["faces"]["target"]}},
        {"faces": OLD["faces"] | {"source": OLD["faces"]["source"] | {"mood": 1.0}}},
        {"faces": OLD["faces"] | {"source": OLD["faces"]["source"] | {"yaw": "left"}}},
        {"settings": {"ratio": 9}},
        {"steps": [{"rung": "roof", "before": "", "after": ""}]},
        {"notices": ["words"]},
        {"colour": "red"},
        {"sources": [{"sha256": "ab", "use": "lost", "merits": [], "mirrored_for": None, "measures": {}}]},
        {"sources": [{"sha256": "ab"}]},
        {"heads": [[1, 2, 3]]},
        {"heads": None},
    ],
    ids=str,
)
def test_facts_that_are_damaged_are_refused(damage: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, FusionError)):
        Facts.from_json(OLD | damage)


def test_the_keys_are_in_one_order_whatever_is_in_them() -> None:
    assert [name for name in facts().to_json() if name not in SINCE] == list(OLD)
