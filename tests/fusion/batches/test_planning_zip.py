"""ZIPs as people, systems and attackers pack them, and what is refused with its reason."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fusion.batches import planning
from fusion.batches.inputs import Limits
from fusion.batches.planning import Looker
from fusion.errors import BatchRejected, FusionError
from fusion.photos import decode
from fusion.settings import Settings
from fusion.types import Role
from tests.support.planned import Members, packed, pairs, png, refused

BASE = Settings(ratio=0.6)


def test_a_zip_with_a_table_is_read_by_it() -> None:
    members: Members = {
        "set/pairs.csv": b"target,source\na.png,faces/b.png\n",
        "set/a.png": png(1),
        "set/faces/b.png": png(2),
    }
    plan = planning.from_zip(packed({**members, "set/unused.png": png(3)}), BASE)
    assert pairs(plan) == [("a.png", "b.png")]
    assert not plan.refused
    assert plan.pairs[0].source.given.read() == png(2)


def test_a_name_that_two_photos_have_must_be_written_with_its_folder() -> None:
    photos: Members = {"x/a.png": png(1), "y/a.png": png(2), "b.png": png(3)}
    table = b"target,source\na.png,b.png\ny/a.png,b.png\n"
    plan = planning.from_zip(packed({"pairs.csv": table, **photos}), BASE)
    assert [pair.target.sha256 for pair in plan.pairs] == [decode.read(png(2), Role.TARGET).sha256]
    assert refused(plan) == {"a.png": "photo_ambiguous"}


def test_a_zip_of_two_folders_is_one_with_many_or_pairs_of_one_name() -> None:
    many: Members = {f"Targets/{name}.png": png(number) for number, name in enumerate("abc")}
    plan = planning.from_zip(packed({**many, "sources/me.png": png(99)}), BASE)
    assert pairs(plan) == [(f"{name}.png", "me.png") for name in "abc"]
    plan = planning.from_zip(packed({**many, "sources/A.png": png(97), "sources/c.png": png(98)}), BASE)
    assert pairs(plan) == [("a.png", "A.png"), ("c.png", "c.png")]
    assert refused(plan) == {"Targets/b.png": "zip_partner"}


def test_what_systems_leave_in_a_zip_is_passed_over_in_silence() -> None:
    left: Members = dict.fromkeys(
        ["__MACOSX/targets/._a.png", "targets/.DS_Store", "sources/Thumbs.db", ".hidden/x.png"], b"x"
    )
    plan = planning.from_zip(packed({"targets/": b"", "targets/a.png": png(1), "sources/b.png": png(2), **left}), BASE)
    assert pairs(plan) == [("a.png", "b.png")]
    assert not plan.refused


GOOD: Members = {"targets/good.png": png(1), "sources/me.png": png(2)}


def link(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.create_system = 3
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


@pytest.mark.parametrize(
    ("member", "data", "reason"),
    [
        ("../../etc/passwd.png", png(5), "zip_path"),
        ("targets/../../x.png", png(5), "zip_path"),
        ("/etc/x.png", png(5), "zip_path"),
        ("C:\\windows\\x.png", png(5), "zip_path"),
        ("..\\x.png", png(5), "zip_path"),
        (link("targets/link.png"), b"/etc/passwd", "zip_link"),
        ("targets/inner.zip", packed({"a.png": png(5)}).getvalue(), "zip_nested"),
        ("targets/notes.txt", b"notes", "photo_format"),
        ("targets/words.png", b"words", "photo_unreadable"),
        ("elsewhere/x.png", png(5), "zip_folder"),
    ],
)
def test_a_member_that_is_not_what_it_should_be_is_refused_and_the_rest_goes_on(
    member: str | zipfile.ZipInfo, data: bytes, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plan = planning.from_zip(packed({**GOOD, member: data}), BASE)
    assert pairs(plan) == [("good.png", "me.png")]
    assert [one.error.reason for one in plan.refused] == [reason]
    assert not list(tmp_path.iterdir())


def test_a_member_with_a_password_is_refused() -> None:
    data = bytearray(packed({**GOOD, "targets/secret.png": png(5)}).getvalue())
    where = data.rindex(b"PK\x01\x02")
    data[where + 8] |= 1
    plan = planning.from_zip(io.BytesIO(bytes(data)), BASE)
    assert refused(plan) == {"targets/secret.png": "zip_encrypted"}


def test_a_bomb_is_refused_by_what_it_claims() -> None:
    bomb = packed({**GOOD, "targets/bomb.png": bytes(8 * 1024**2)}, zipfile.ZIP_DEFLATED)
    assert refused(planning.from_zip(bomb, BASE)) == {"targets/bomb.png": "zip_ratio"}


def test_a_bomb_that_lies_about_its_size_is_stopped_while_it_is_read() -> None:
    data = bytearray(packed({**GOOD, "targets/bomb.png": bytes(64 * 1024**2)}, zipfile.ZIP_DEFLATED).getvalue())
    where = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, where + 24, 5000)  # the unpacked size
    plan = planning.from_zip(io.BytesIO(bytes(data)), BASE)
    assert pairs(plan) == [("good.png", "me.png")]
    assert refused(plan)["bomb.png"] in {"zip_member", "photo_too_heavy", "photo_unreadable"}


def test_many_members_on_one_piece_of_data_are_counted_by_what_they_claim() -> None:
    members: Members = {f"targets/{number}.png": png(number) for number in range(20)}
    few = Looker(Limits(total_bytes=1000))
    with pytest.raises(BatchRejected, match="GiB together"):
        planning.from_zip(packed({**members, "sources/me.png": png(99)}), BASE, few)
    with pytest.raises(BatchRejected, match="21 are too many"):
        planning.from_zip(packed({**members, "sources/me.png": png(99)}), BASE, Looker(Limits(pairs=20)))
    with pytest.raises(BatchRejected, match="more than 20 entries"):
        planning.from_zip(packed({**members, "sources/me.png": png(99)}), BASE, Looker(Limits(entries=20)))


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (io.BytesIO(b"no zip at all"), "zip_unreadable"),
        (io.BytesIO(packed(GOOD).getvalue()[:-30]), "zip_unreadable"),
        (packed({"a.png": png(1), "b.png": png(2)}), "zip_layout"),
        (packed({}), "zip_layout"),
        (packed({"a.csv": b"", "b.csv": b"", **GOOD}), "zip_lists"),
        (packed({"pairs.csv": b"x" * (3 * 1024**2), **GOOD}), "photo_too_heavy"),
    ],
)
def test_a_zip_that_cannot_be_used_is_refused_as_a_whole(file: io.BytesIO, reason: str) -> None:
    with pytest.raises(FusionError) as caught:
        planning.from_zip(file, BASE)
    assert caught.value.reason == reason


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_chinese_names_are_read_without_the_mark_of_utf8(encoding: str) -> None:
    name = "targets/照片.png"
    placeholder = "targets/" + "x" * (len(name.encode(encoding)) - len("targets/"))
    data = packed({placeholder: png(5), "sources/me.png": png(2)}).getvalue()
    data = data.replace(placeholder.encode(), name.encode(encoding))
    plan = planning.from_zip(io.BytesIO(data), BASE)
    assert pairs(plan) == [("照片.png", "me.png")]


def test_a_damaged_member_is_told_of_and_the_rest_goes_on() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (90, 90, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")
    data = bytearray(packed({**GOOD, "targets/hurt.png": file.getvalue()}).getvalue())
    where = data.index(file.getvalue()[200:240])
    data[where : where + 40] = bytes(40)
    assert refused(planning.from_zip(io.BytesIO(bytes(data)), BASE)) == {"hurt.png": "zip_member"}
