"""What a job was asked for is no fault, but an edge is one whoever asked for it."""

from __future__ import annotations

import pytest

from advisor.diagnosis import Cause, diagnose
from advisor.quality import Look, Run
from fusion.settings import Settings
from fusion.types import EngineName
from tests.advisor.diagnosis.test_diagnose import changed


def run_with(**settings: float) -> Run:
    used = Settings.from_json(Settings().to_json() | settings)
    return Run(used, EngineName.LANDMARK, used)


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation"])
def test_an_edge_is_said_whatever_setting_made_it_and_the_setting_is_taken_back(name: str) -> None:
    edge = changed(result__edge_p95=18.0, result__edge_where="forehead")
    (found,) = diagnose(edge, run_with(**{name: 0.4})).findings
    assert found.cause == Cause.BORDER_SHOWS
    assert found.remedy.patch == {name: 0.0}


def test_a_darker_face_that_was_asked_for_is_not_ashen() -> None:
    ashen = changed(result__looks=(Look("ashen", "forehead", 2.0),))
    assert diagnose(ashen, run_with(brightness=-0.2)).findings == ()
    assert [each.cause for each in diagnose(ashen, run_with()).findings] == [Cause.LOOKS_ASHEN]
