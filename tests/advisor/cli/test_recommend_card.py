"""What `recommend --card-gib` says of a card that need not be there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.support import ROOT

GIB = 1 << 30


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "advisor", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_card_of_any_size_is_answered_for_where_there_is_none(sample_files: tuple[Path, Path]) -> None:
    verdicts = {}
    for gib in ("0.01", "6", "1e6"):
        pins = ("--pin", "engine=unet", "--pin", "output=1024")
        done = _run("recommend", *sample_files, "--card-gib", gib, *pins, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        facts = json.loads(done.stdout)
        assert (facts["device"]["kind"], facts["device"]["why"]) == ("cuda", None)
        assert facts["device"]["total_bytes"] == round(float(gib) * GIB)
        assert "not_measured" not in {warning["code"] for warning in facts["advice"]["warnings"]}
        for option in facts["advice"]["options"]:
            assert option["basis"]["source"] == "traced"
            assert (option["precision"], option["seconds"]) == ("bfloat16", None)
        verdicts[gib] = {option["verdict"] for option in facts["advice"]["options"]}
    assert verdicts == {"0.01": {"too_big"}, "6": {"fits"}, "1e6": {"fits"}}


def test_of_a_card_as_many_gib_are_free_as_are_said(sample_files: tuple[Path, Path]) -> None:
    done = _run("recommend", *sample_files, "--card-gib", 8, "--free-gib", 0.5)
    assert done.stdout.startswith("Nothing fits: 0.5 of 8.0 GiB free on a card of 8 GiB.")
