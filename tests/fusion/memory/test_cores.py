"""How many threads compute at once."""

from __future__ import annotations

import pytest

from fusion.memory import cores


@pytest.mark.parametrize(("shares", "threads"), [((), 8), ((4.0, 1.5), 2), ((0.3,), 1), ((64.0,), 8)])
def test_there_are_as_many_threads_as_cores_or_as_a_container_leaves_time_for(
    shares: tuple[float, ...], threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cores, "ready", lambda: 8)
    monkeypatch.setattr(cores, "shares", lambda: shares)
    assert cores.threads() == threads


def test_what_this_machine_has_is_a_whole_number_of_cores_and_no_more_than_that_is_used() -> None:
    assert cores.ready() >= 1
    assert 0 < cores.usable() <= cores.ready()


@pytest.mark.parametrize(
    ("said", "threads"), [(None, 8), ("", 8), ("3", 3), (" 3 , 2", 3), ("0", 8), ("-1", 8), ("all", 8), ("16", 16)]
)
def test_a_fusion_computes_on_as_many_threads_as_somebody_has_chosen_or_as_there_are(
    said: str | None, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cores, "ready", lambda: 8)
    monkeypatch.setattr(cores, "shares", lambda: ())
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if said is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert cores.chosen() == threads
