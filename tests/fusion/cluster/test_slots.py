"""Which workers there are as nodes come and go, and which of them get jobs; and that none of it needs Ray."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fusion.cluster import Place, Slots, configured
from fusion.errors import FusionError
from fusion.worker import Starter, WorkerView
from tests.support import ROOT


class Lane:
    """A lane that does as it is told."""

    def __init__(self, log: Path = Path("own"), *, node: str | None = None, starter: Starter | None = None) -> None:
        del starter
        self.log, self.node = log, node
        self.state, self.is_idle, self.calls = "ready", True, list[str]()

    def start(self) -> None:
        self.calls.append("start")

    def close(self) -> None:
        self.calls.append("close")

    def view(self) -> WorkerView:
        return WorkerView(self.state, node=self.node)


class Nodes:
    """A cluster of which the places are said."""

    def __init__(self, *places: Place) -> None:
        self.now = places
        self.is_closed = False

    def places(self) -> tuple[Place, ...]:
        return self.now

    def start(self, place: Place, log: Path, *, ready_first: bool) -> Any:
        raise NotImplementedError

    def close(self) -> None:
        self.is_closed = True


A, B = (Place(node * 56, "host", 0, has_card=True) for node in "ab")


def slots(nodes: Nodes, *, has_cards: bool) -> tuple[Slots[Lane], Lane]:
    own = Lane()
    return Slots((own,), nodes, Lane, Path(), has_cards=has_cards), own  # type: ignore[arg-type]


def test_a_worker_comes_with_its_place_and_goes_with_it() -> None:
    nodes = Nodes(A, B)
    found, own = slots(nodes, has_cards=True)
    found.follow()
    _, first, second = found.all
    assert (first.node, second.node) == (A.name, B.name)
    assert (first.calls, first.log != second.log) == (["start"], True)
    nodes.now = (B,)
    found.follow()
    assert found.all == (own, second)
    assert first.calls == ["start", "close"]
    nodes.now = (A, B)
    found.follow()
    assert found.all[-1] not in (first, second)
    found.close()
    assert (own.calls, nodes.is_closed) == (["close"], True)


def test_one_that_has_a_job_stays_until_that_is_settled() -> None:
    nodes = Nodes(A)
    found, _ = slots(nodes, has_cards=True)
    found.follow()
    far, nodes.now = found.all[1], ()
    far.is_idle = False
    found.follow()
    assert far in found.all
    far.is_idle = True
    found.follow()
    assert far not in found.all


@pytest.mark.parametrize(("has_cards", "state", "takes"), [(True, "ready", 1), (False, "ready", 0), (False, "dead", 1)])
def test_a_head_without_a_card_works_only_where_nobody_else_does(has_cards: bool, state: str, takes: int) -> None:
    found, own = slots(Nodes(A), has_cards=has_cards)
    assert found.taking == (own,)
    found.follow()
    found.all[1].state = state
    assert found.taking.count(own) == takes


def test_without_a_cluster_nothing_of_ray_is_loaded() -> None:
    script = "import sys, fusion.jobs, fusion.cluster; assert fusion.cluster.configured() is None; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [name for name in ran.stdout.split() if name.partition(".")[0] == "ray"] == []


def test_a_cluster_that_is_asked_for_without_ray_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    if importlib.util.find_spec("ray") is not None:
        pytest.skip("Ray is installed")
    monkeypatch.setenv("FUSEWISE_RAY_ADDRESS", "auto")
    with pytest.raises(FusionError, match="Ray is not installed") as caught:
        configured()
    assert caught.value.reason == "cluster_missing"


def test_an_address_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_RAY_ADDRESS", "somewhere")
    with pytest.raises(FusionError, match="FUSEWISE_RAY_ADDRESS"):
        configured()
