"""A worker process with a card: from its start until it has given everything back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.shared.emulated_card import NAME
from fusion.memory import Rung
from fusion.settings import Settings
from fusion.types import EngineName, Switch, Tier
from fusion.worker import protocol
from fusion.worker.protocol import Beat, Done, Failed, Fuse, Preview, Previewed, Stepped, Stopped, Unload
from tests.fusion.worker.test_worker import Child
from tests.support.fixtures.emulated import needs_card

pytestmark = needs_card

ON_CARD = "benchmarks.shared.emulated_worker:Pipeline"
PLAIN = Settings(engine=EngineName.LANDMARK, output=Tier.T1024, two_stage=Switch.OFF)


@pytest.fixture
def fuse(sample_files: tuple[Path, Path], tmp_path: Path) -> Callable[..., Fuse]:
    def asked(id: str, settings: Settings = PLAIN) -> Fuse:
        return Fuse(id, *sample_files, settings, tmp_path / f"{id}.png", tmp_path / f"{id}-before.png")

    return asked


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


@pytest.mark.parametrize(
    "found",
    [{"EMULATED_CARD_BUILD": "sm_90 sm_120 compute_120"}, {"EMULATED_CARD_CODE": "no"}],
    ids=["before", "at work"],
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
