"""Verified weights: what is damaged is found, and what is of unknown origin cannot be vouched for."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion.errors import WeightsInvalid
from fusion.weights import locate
from fusion.weights.downloader import download
from fusion.weights.verification import Verdict, require, verify
from tests.support.fake_hub import FakeHub
from tests.support.fake_weights import TINY, write_tiny


def test_verify_finds_the_damaged_file_and_a_download_mends_it(hub: FakeHub) -> None:
    found = download(lambda _: None, TINY)
    assert {each.verdict for each in verify(found, lambda _: None)} == {Verdict.SAME}
    (found.folder / "alpha.jpg").write_bytes(bytes(1000))
    verified = verify(locate.look(found.folder, TINY), lambda _: None)
    assert [each.file.file.path for each in verified if each.verdict == Verdict.OTHER] == ["alpha.jpg"]
    with pytest.raises(WeightsInvalid, match=r"alpha\.jpg is damaged"):
        require(verified)
    require(verify(download(lambda _: None, TINY), lambda _: None))


def test_files_of_unknown_origin_cannot_be_verified(tmp_path: Path) -> None:
    verified = verify(locate.look(write_tiny(tmp_path), TINY), lambda _: None)
    assert {each.verdict for each in verified} == {Verdict.UNKNOWN}
    require(verified)
