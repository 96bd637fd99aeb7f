"""What a finding says of what was measured."""

from __future__ import annotations

import pytest

from advisor.diagnosis import diagnose
from advisor.quality import Look
from tests.advisor.diagnosis.test_diagnose import changed


@pytest.mark.parametrize(("ev", "said"), [(0.8, "0.8 stops brighter"), (-0.8, "0.8 stops darker")])
def test_it_is_said_whether_a_face_is_brighter_or_darker(ev: float, said: str) -> None:
    (finding,) = [each for each in diagnose(changed(result__exposure_ev=ev)).findings if each.cause == "exposure_step"]
    assert said in finding.text


def test_no_sentence_tells_a_measure_that_barely_passes_as_once_what_passes() -> None:
    looks = (Look("edge", "forehead", 1.03),)
    (finding,) = [each for each in diagnose(changed(result__looks=looks)).findings if each.cause == "looks_cut"]
    assert finding.text == "An edge shows in the skin: forehead."
