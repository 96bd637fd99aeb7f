"""Forecasts in a cluster are made for the place that gets the job, as its worker tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from advisor.device import Reader, compute_target
from api.machine_state import Watch
from fusion.jobs import Jobs, WorkerView
from fusion.types import EngineName, Precision
from fusion.units import GIB
from fusion.worker import Able
from tests.support.programs.nodes import Nodes

SMALL = Able("cuda", 8 * GIB, 8.0, True, "lanczos", Precision.FLOAT16, (Precision.FLOAT32, Precision.FLOAT16))
LARGE = replace(SMALL, total_bytes=24 * GIB, precision=Precision.BFLOAT16, precisions=tuple(Precision))
OWN = WorkerView("starting")


class Slot:
    """A worker that is as it is said."""

    error = None

    def __init__(self, view: WorkerView) -> None:
        self._view = view

    def view(self) -> WorkerView:
        return self._view

    def close(self) -> None:
        """Nothing runs."""


class Slots:
    """The queue's workers, said by a test."""

    is_clustered = True

    def __init__(self, *views: WorkerView, own: WorkerView = OWN) -> None:
        self.taking = tuple(map(Slot, views))
        self.all = (Slot(own), *self.taking)

    def close(self) -> None:
        """Nothing runs."""


def card(able: Able, state: str, node: str, free_gib: int = 6) -> WorkerView:
    return WorkerView(state, f"card of {node}", -1, node=node, able=able, free_bytes=free_gib * GIB)


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    made = Jobs(tmp_path / "jobs", cluster=Nodes(()))  # type: ignore[arg-type]
    yield made
    made.close()


@pytest.fixture
def watch(jobs: Jobs, tmp_path: Path) -> Iterator[Watch]:
    with Reader(tmp_path) as reader:
        yield Watch(jobs, reader.read, lambda: False)


def are(jobs: Jobs, *views: WorkerView) -> None:
    jobs._dispatcher.slots = Slots(*views)  # type: ignore[assignment]


def test_it_is_made_for_the_card_that_is_free(jobs: Jobs, watch: Watch) -> None:
    are(jobs, card(LARGE, "busy", "a"), card(SMALL, "ready", "b"))
    found = watch.look()
    assert (found.node, found.place.kind, found.place.name) == ("b", compute_target.Kind.CUDA, "card of b")
    assert (found.place.total_bytes, found.place.free_bytes) == (8 * GIB, 6 * GIB)
    assert found.place.budget_bytes(0) < 6 * GIB, "something is left alone there"
    assert (found.ways.precision, found.ways.engines[0]) == (Precision.FLOAT16, EngineName.UNET)
    assert found.others_differ


def test_where_all_are_busy_what_fits_the_smallest_is_said(jobs: Jobs, watch: Watch) -> None:
    are(jobs, card(LARGE, "busy", "a"), card(SMALL, "busy", "b"))
    assert watch.look().node == "b"


def test_cards_that_are_alike_are_not_told_apart(jobs: Jobs, watch: Watch) -> None:
    are(jobs, card(SMALL, "ready", "b"), replace(card(SMALL, "ready", "c"), device="card of b"))
    assert not watch.look().others_differ


def test_where_no_node_is_ready_it_is_this_machine(jobs: Jobs, watch: Watch) -> None:
    are(jobs, WorkerView("starting", node="a"))
    found = watch.look()
    assert (found.node, found.others_differ) == (None, False)


def test_a_job_that_fits_no_node_is_told_so(jobs: Jobs, watch: Watch) -> None:
    are(jobs, card(replace(SMALL, total_bytes=GIB // 2), "ready", "a", free_gib=0))
    assert watch.look().place.budget_bytes(GIB) == 0
