"""Settings, tables, ZIPs and checkpoints that are made to harm: refused with a reason, and nothing else comes out."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import zipfile
from pathlib import Path

import pytest

from benchmarks.fuzz.readers import READERS, mutated, seeds
from fusion.batches import csv_pairs, planning
from fusion.batches.inputs import Limits
from fusion.cli.options import gather
from fusion.errors import BatchRejected, FusionError, SettingsInvalid, WeightsInvalid
from fusion.settings import Settings
from fusion.settings_text import with_written
from tests.support.fixtures.photos import colours, saved

NINES = "9" * 4000  # Python reads no longer number


@pytest.mark.parametrize("name", READERS)
def test_damaged_files_are_read_or_refused(name: str) -> None:
    given = seeds(name)
    for number in range(100):
        with contextlib.suppress(FusionError):
            READERS[name](mutated(given[number % len(given)], number))


# settings


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"ratio": ' + b"[" * 40 + b"]" * 40 + b"}",
        b'{"ratio": NaN}',
        b'{"ratio": Infinity}',
        b'{"ratio": 0.1, "ratio": 0.2}',
        b'{"ratio": ' + b"9" * 5000 + b"}",
        b'{"ratio": ' + NINES.encode() + b"}",
        b'{"ratio": 1e999}',
        b'{"sharpen": -' + NINES.encode() + b"}",
        b'{"output": [' + NINES.encode() + b", 64]}",
        b'{"faces": {"target": ' + NINES.encode() + b"}}",
        b'{"mode": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"settings": {"\\udfff": "\\ud800"}}',
        b'{"settings": 5}',
        b'{"mode": "\xff"}',
        b"\0",
        b"\xef\xbb\xbf",
        b"",
        b"null",
        b'"text"',
        b'{"mode": "' + b"x" * 100_000 + b'"}',
    ],
)
def test_settings_that_are_none_are_refused_in_words_that_can_be_written(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "recipe.json").write_bytes(text)
    for is_named in (False, True):
        with pytest.raises(SettingsInvalid) as caught:
            gather(None, tmp_path / "recipe.json", {}, {}) if is_named else Settings.loads(text)
        assert len(caught.value.message.encode()) < 1000
        json.dumps(caught.value.to_json(), ensure_ascii=False).encode()


def test_settings_of_over_a_megabyte_are_refused_by_their_length() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        Settings.loads(b" " * (1024 * 1024 + 1))
    assert caught.value.reason == "settings_too_large"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_settings_are_read_in_every_encoding_of_json(encoding: str) -> None:
    assert Settings.loads('{"ratio": 0.25}'.encode(encoding)).ratio == 0.25


# tables


@pytest.mark.parametrize(
    "cells",
    [
        {"output": f"{'9' * 5000}x64"},
        {"output": "64x٩" + "9" * 5000},
        {"target_face": "9" * 5000},
        {"ratio": "9" * 5000},
    ],
)
def test_a_number_too_long_for_one_is_a_wrong_setting(cells: dict[str, str]) -> None:
    with pytest.raises(SettingsInvalid):
        with_written(Settings(), cells)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 100,
        b'target,source\n"' + b"x" * 200_000,
        b"\xff\xfe\0",
        b"target,source\n" + b"," * 500_000,
        b"\r" * 999,
    ],
)
def test_a_table_that_is_none_is_refused(data: bytes) -> None:
    with contextlib.suppress(BatchRejected):
        assert not csv_pairs.read(data, Settings(), Limits()).rows


def test_half_a_million_rows_that_say_the_same_are_not_kept() -> None:
    table = csv_pairs.read(b"target,source\n" + b"a,b\n" * 500_000, Settings(), Limits())
    assert len(table.rows) == 1
    assert len(table.refused) <= 1001
    assert table.refused[-1].error.reason == "pairs_too_many"


def test_a_name_that_no_file_can_have_is_a_refused_row(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_bytes(b"target,source\na\0b.png,c.png\n" + b"x" * 3000 + b".png,c.png\n")
    plan = planning.from_list_file(tmp_path / "pairs.csv", Settings())
    assert [one.error.reason for one in plan.refused] == ["input_missing", "input_missing"]


# ZIPs


def packed(method: int = zipfile.ZIP_DEFLATED, count: int = 1) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for folder in ("targets", "sources"):
            for number in range(count):
                archive.writestr(f"{folder}/{number}.png", saved(colours(), "PNG") + bytes([number]) + folder.encode())
    return buffer.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_whose_output_cannot_be_bounded_is_refused(method: int) -> None:
    with pytest.raises(BatchRejected) as caught:
        planning.from_zip(io.BytesIO(packed(method)), Settings())
    assert caught.value.reason == "zip_layout"  # of both members nothing is left


def test_members_that_share_their_bytes_are_refused() -> None:
    data = bytearray(packed())
    first, second = (match for match in _entries(data))
    data[second + 42 : second + 46] = data[first + 42 : first + 46]  # both begin where the first does
    with pytest.raises(BatchRejected):
        planning.from_zip(io.BytesIO(bytes(data)), Settings())


def _entries(data: bytes | bytearray) -> list[int]:
    found, at = [], data.find(b"PK\x01\x02")
    while at >= 0:
        found.append(at)
        at = data.find(b"PK\x01\x02", at + 4)
    return found


def test_a_list_of_a_hundred_thousand_entries_is_refused_before_it_is_made_into_objects() -> None:
    entry = b"PK\x01\x02" + bytes(42)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 100_000 * 46, 0, 0)
    with pytest.raises(BatchRejected) as caught:
        planning.from_zip(io.BytesIO(entry * 100_000 + end), Settings())
    assert caught.value.reason == "zip_too_many"


def test_a_list_that_says_it_is_larger_than_any_is_not_read() -> None:
    class Sparse(io.BytesIO):
        """Fails the test where more is asked for than may be."""

        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            assert size <= 17 * 1024**2
            return super().read(size)

    data = bytes(30 * 1024**2) + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, 30 * 1024**2, 0, 0)
    with pytest.raises(BatchRejected) as caught:
        planning.from_zip(Sparse(data), Settings())
    assert caught.value.reason == "zip_unreadable"


def test_a_zip_over_its_limit_is_refused_by_its_size() -> None:
    with pytest.raises(BatchRejected) as caught:
        planning.from_zip(io.BytesIO(packed()), Settings(), planning.Looker(Limits(zip_bytes=100)))
    assert caught.value.reason == "zip_too_heavy"


# checkpoints


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04" + bytes(100),
        b"PK\x05\x06" + bytes(18),
        b"\x80\x02.",
        b"\x80\x02cos\nsystem\nq\0.",
        b"\x80\x02}q\0(X\1\0\0\0aK\1",
        b"\x80\x02N.",
        b"no checkpoint",
        b"\x80\x02]q\0K\1a.",
        packed(),
    ],
)
def test_a_checkpoint_that_is_none_is_invalid(data: bytes, tmp_path: Path) -> None:
    from fusion.engines.unet.networks import checkpoint

    (tmp_path / "x.pth").write_bytes(data)
    with pytest.raises(WeightsInvalid) as caught:
        checkpoint.read(tmp_path / "x.pth")
    assert caught.value.message
