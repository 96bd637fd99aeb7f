"""A worker process with a card: from its start until it has given everything back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.shared.emulated_card import NAME
from fusion.memory import Rung
from fusion.settings import Settings
from fusion.types import EngineName, Switch, Tier
from fusion.worker import protocol
from fusion.worker.protocol import Beat, Done, Failed, Fuse, Preview, Previewed, Ready, Stepped, Stopped, Unload
from tests.fusion.worker.test_worker import Child
from tests.support.fixtures.emulated import EITHER, EMULATED, STAYS, needs_card

ON_CARD = "benchmarks.shared.emulated_worker:Pipeline"
PLAIN = Settings(engine=EngineName.LANDMARK, output=Tier.T1024, two_stage=Switch.OFF)


@pytest.fixture
def fuse(sample_files: tuple[Path, Path], tmp_path: Path) -> Callable[..., Fuse]:
    def asked(id: str, settings: Settings = PLAIN) -> Fuse:
        return Fuse(id, *sample_files, settings, tmp_path / f"{id}.png", tmp_path / f"{id}-before.png")

    return asked


@pytest.mark.parametrize("kind", EITHER)
def test_from_its_start_until_it_has_given_everything_back(fuse: Callable[..., Fuse], kind: str) -> None:
    child = Child(ON_CARD if kind == EMULATED else "fusion.pipeline:Pipeline")
    child.say(fuse("a"))
    done = child.hear(Done, Failed)[-1]
    assert isinstance(done, Done)
    assert done.facts.device == child.ready.device == (NAME if kind == EMULATED else torch.cuda.get_device_name())
    child.say(Preview("look", "a", replace(PLAIN, brightness=0.3), 256))
    assert isinstance(child.hear(Previewed, Failed)[-1], Previewed)
    child.say(Unload())
    beats = (event for _ in range(200) for event in child.hear(Beat) if isinstance(event, Beat))
    held = (max(beat.allocated_bytes or 0, beat.reserved_bytes or 0) for beat in beats)
    assert any(most <= STAYS[kind] for most in held)
    assert child.end() == 0


@needs_card
def test_it_works_on_the_card_answers_where_memory_runs_out_and_gives_it_back(fuse: Callable[..., Fuse]) -> None:
    """The second job finds too little for its size; a preview of the first is asked for meanwhile."""
    child = Child(ON_CARD, EMULATED_CARD_MIB="90")
    child.say(fuse("first"))
    done = child.hear(Done, Failed)[-1]
    assert isinstance(done, Done)
    assert done.facts.device == NAME
    held = child.hear(Beat)[-1]
    assert isinstance(held, Beat)
    assert held.allocated_bytes is not None
    assert held.allocated_bytes > 0  # the last fusion, for another finishing of it
    child.say(fuse("second", replace(PLAIN, output=Tier.T2048)))
    child.say(Preview("look", "first", replace(PLAIN, brightness=0.3), 256))  # while the job runs
    said = child.hear(Done, Failed, Stopped)
    said += [] if any(isinstance(event, Previewed) for event in said) else child.hear(Previewed, Failed)
    assert [event.step.rung for event in said if isinstance(event, Stepped)] == [Rung.TIER]
    assert not [event for event in said if isinstance(event, Failed | Stopped)]
    child.say(Unload())
    beats = (event for _ in range(200) for event in child.hear(Beat) if isinstance(event, Beat))
    assert any((beat.allocated_bytes, beat.reserved_bytes) == (0, 0) for beat in beats)
    assert child.end() == 0


@needs_card
def test_on_a_card_that_is_full_it_starts_goes_a_rung_down_and_asks_for_another_process(
    fuse: Callable[..., Fuse],
) -> None:
    """There is no memory even for its warming."""
    child = Child(ON_CARD, EMULATED_CARD_MIB="20")
    child.say(fuse("a"))
    said = child.hear(Stopped, Done, Failed)
    assert [event.step.rung for event in said if isinstance(event, Stepped)] == [Rung.TIER]
    assert isinstance(said[-1], Stopped)
    assert [step.rung for step in said[-1].steps] == [Rung.TIER, Rung.CPU]
    child.process.wait(60)
    assert child.end() == protocol.STOPPED_EXIT


@needs_card
@pytest.mark.parametrize(
    "found",
    [{"EMULATED_CARD_BUILD": "sm_90 sm_120 compute_120"}, {"EMULATED_CARD_CODE": "0"}],
    ids=["before", "as it warms up"],
)
def test_on_a_card_that_torch_has_no_code_for_the_processor_computes_and_it_is_told(
    fuse: Callable[..., Fuse], found: dict[str, str]
) -> None:
    child = Child(ON_CARD, **found)
    child.say(fuse("a"))
    done = child.hear(Done, Failed)[-1]
    assert isinstance(done, Done)
    assert done.facts.device == "cpu"
    assert [each.details["device"] for each in done.facts.notices if each.code == "card_without_code"] == [NAME]
    assert child.end() == 0


@needs_card
def test_a_card_that_turns_out_to_be_without_code_is_left_in_the_midst_of_a_job(fuse: Callable[..., Fuse]) -> None:
    """The job ends with the picture that the next one gets, whoever listens is told, and the first can be looked at."""
    child, other = Child(ON_CARD, EMULATED_CARD_CODE="2"), replace(PLAIN, output=Tier.T512)
    child.say(fuse("first"))
    ended = [child.hear(Done, Failed)]
    child.say(fuse("second", other))
    ended.append(child.hear(Done, Failed))
    child.say(Preview("look", "first", replace(PLAIN, brightness=0.3), 256))
    assert isinstance(child.hear(Previewed, Failed)[-1], Previewed)
    child.say(Unload())  # or it would remember the second for the third
    child.say(fuse("third", other))
    ended.append(child.hear(Done, Failed))
    first, second, third = (said[-1] for said in ended)
    assert isinstance(first, Done)
    assert isinstance(second, Done)
    assert isinstance(third, Done)
    assert [done.facts.device for done in (first, second, third)] == [NAME, "cpu", "cpu"]
    told = [[each.code for each in done.facts.notices].count("card_without_code") for done in (first, second, third)]
    assert told == [0, 1, 1]
    pictures = [np.asarray(Image.open(fuse(id).output)) for id in ("second", "third")]
    assert np.array_equal(pictures[0], pictures[1])
    (now,) = (event for said in ended for event in said if isinstance(event, Ready))
    assert now in ended[1], "before the job's end, which the next forecast follows"
    assert now.device == "cpu"
    assert now.able is not None
    assert now.able.kind == "cpu"
    beat = child.hear(Beat)[-1]
    assert isinstance(beat, Beat)
    assert beat.allocated_bytes is None
    assert child.end() == 0
