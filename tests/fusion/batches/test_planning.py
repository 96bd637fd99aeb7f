"""What a batch is made of: tables and ZIPs as people and attackers write them, and what is refused with its reason."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fusion.batches import Given, Plan, inputs, planning
from fusion.batches.inputs import Limits
from fusion.batches.planning import Looker
from fusion.errors import BatchRejected, FusionError
from fusion.face_setting import FaceChoice
from fusion.photos import decode
from fusion.settings import Settings
from fusion.types import Box, EngineName, Mode, Role, Size, Tier
from tests.support.fixtures.photos import plain

BASE = Settings(ratio=0.6)

Members = dict[str | zipfile.ZipInfo, bytes]


def png(shade: int = 90, side: int = 80) -> bytes:
    return plain(side, side, red=shade)


def given_of(name: str, data: bytes) -> Given:
    return Given(name, len(data), lambda: data)


def photos(*names: str) -> list[Given]:
    """Different ones."""
    return [given_of(name, png(10 + 3 * number)) for number, name in enumerate(names)]


def packed(members: Mapping[str | zipfile.ZipInfo, bytes], how: int = zipfile.ZIP_STORED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return file


def pairs(plan: Plan) -> list[tuple[str, str]]:
    return [pair.names for pair in plan.pairs]


def refused(plan: Plan) -> dict[str, str]:
    return {one.name: one.error.reason for one in plan.refused}


def test_one_face_goes_onto_many_photos() -> None:
    plan = planning.cross(photos("a.png", "b.png"), [given_of("me.png", png(200))], BASE)
    assert pairs(plan) == [("a.png", "me.png"), ("b.png", "me.png")]
    assert plan.photo_count == 3
    assert {pair.settings for pair in plan.pairs} == {BASE}


def test_many_faces_go_onto_one_photo() -> None:
    plan = planning.cross([given_of("me.png", png(200))], photos("a.png", "b.png"), BASE)
    assert pairs(plan) == [("me.png", "a.png"), ("me.png", "b.png")]


def test_what_cannot_be_used_is_told_and_the_rest_goes_on() -> None:
    targets = [*photos("a.png"), given_of("words.jpg", b"words"), given_of("tiny.png", png(side=20))]
    targets += [given_of("empty.png", b""), given_of("copy.png", targets[0].read())]
    plan = planning.cross(targets, [given_of("me.png", png(200))], BASE)
    assert pairs(plan) == [("a.png", "me.png")]
    assert refused(plan) == {
        "words.jpg": "photo_unreadable",
        "tiny.png": "photo_too_small",
        "empty.png": "photo_empty",
        "copy.png": "photo_twice",
    }


def test_a_heavy_photo_is_refused_before_it_is_read() -> None:
    def never() -> bytes:
        raise AssertionError("it was read")

    plan = planning.cross([Given("heavy.jpg", 26 * 1024**2, never)], photos("me.png"), BASE)
    assert refused(plan) == {"heavy.jpg": "photo_too_heavy"}


def test_no_more_than_one_photo_is_held_while_they_are_looked_at() -> None:
    alive = 0

    class Held(bytes):
        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def reader(data: bytes) -> Callable[[], bytes]:
        def read() -> bytes:
            nonlocal alive
            alive += 1
            assert alive == 1
            return Held(data)

        return read

    many = [Given(str(shade), 500, reader(png(shade))) for shade in range(20)]
    assert len(planning.cross(many, photos("me.png"), BASE).pairs) == 20


def test_too_many_are_refused_before_any_is_read() -> None:
    few = Looker(Limits(pairs=3))
    with pytest.raises(BatchRejected, match="4 are too many"):
        planning.cross(photos("a", "b"), photos("c", "d"), BASE, few)
    with pytest.raises(BatchRejected, match="GiB together"):
        planning.cross(photos("a", "b"), photos("c"), BASE, Looker(Limits(total_bytes=300)))
    with pytest.raises(BatchRejected, match="at least one target"):
        planning.cross([], photos("c"), BASE)


SHELF = [(f"{name}.png", one) for name, one in zip("abcd", photos("a.png", "b.png", "c.png", "d.png"), strict=True)]


def listed(text: str | bytes) -> Plan:
    data = text if isinstance(text, bytes) else text.encode()
    return planning.from_list(data, SHELF, BASE)


def test_a_row_sets_what_it_names_and_leaves_the_rest() -> None:
    plan = listed(
        "target,source,output,ratio,mode,target_face,sharpen\n"
        "a.png,b.png,1024,0.9,Blend,1,auto\nc.png,d.png,640x480,,,,0.2\nc.png,b.png\n"
    )
    assert [pair.settings for pair in plan.pairs] == [
        replace(BASE, output=Tier.T1024, ratio=0.9, mode=Mode.BLEND, faces=FaceChoice(1, "largest")),
        replace(BASE, output=Size(640, 480), sharpen=0.2),
        BASE,
    ]


def test_a_row_may_say_where_the_face_is() -> None:
    (pair,) = listed('target,source,target_face\na.png,b.png,"10,20,110,140"\n').pairs
    assert pair.settings.faces == FaceChoice(Box(10, 20, 110, 140), "largest")


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbftarget;source\r\na.png;b.png\r\n",
        "target,source\na.png,b.png\n".encode("utf-16"),
        b'"Target","Source"\n\n"a.png" , "b.png",\n\n',
        b"source\ttarget\nb.png\ta.png",
        b"target,source,engine,\nA.PNG,photos\\b.png,,\n",
        b"\n target , source\na.png,./b.png\n",
    ],
)
def test_tables_are_read_as_spreadsheets_write_them(text: bytes) -> None:
    plan = listed(text)
    assert pairs(plan) == [("a.png", "b.png")]
    assert not plan.refused


def test_names_may_hold_commas_and_be_written_in_a_chinese_code_page() -> None:
    shelf = [("王,小明.png", SHELF[0][1]), ("b.png", SHELF[1][1])]
    table = 'target,source\n"王,小明.png",b.png\n'
    for encoding in ("utf-8", "gb18030"):
        assert len(planning.from_list(table.encode(encoding), shelf, BASE).pairs) == 1


def test_a_wrong_row_is_told_by_its_number_and_the_others_go_on() -> None:
    plan = listed(
        "target,source,ratio\na.png,b.png,2\n\na.png,none.png\na.png\na.png,b.png\na.png,b.png\nc.png,b.png,0.5,more\n"
    )
    assert pairs(plan) == [("a.png", "b.png")]
    assert [(one.row, one.error.reason) for one in plan.refused] == [
        (2, "setting_value"),
        (4, "photo_missing"),
        (5, "pair_cell_empty"),
        (7, "pair_twice"),
        (8, "pair_cells"),
    ]
    assert "row 6" in plan.refused[3].error.message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "pairs_header"),
        (b"a.png,b.png\n", "pairs_header"),
        (b"target,source,colour\na.png,b.png,red\n", "pairs_column"),
        (b"target,source,ratio,ratio\n", "pairs_column"),
        (b"target,target,source\n", "pairs_header"),
        (b"target,source\n" + b"\xff\xff\xff\xff,\x81", "pairs_unreadable"),
        (b"target,source\n" + b"a" * 200_000 + b",b", "pairs_unreadable"),
        (b"x" * (2 * 1024**2 + 1), "pairs_too_large"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_as_a_whole(text: bytes, reason: str) -> None:
    with pytest.raises(BatchRejected) as caught:
        listed(text)
    assert caught.value.reason == reason


def test_a_table_with_too_many_pairs_is_cut_where_it_is_too_long() -> None:
    rows = "".join(f"{one}.png,{other}.png\n" for one in "abcd" for other in "abcd")
    plan = planning.from_list(f"target,source\n{rows}".encode(), SHELF, BASE, Looker(Limits(pairs=5)))
    assert len(plan.pairs) == 5
    assert [(one.row, one.error.reason) for one in plan.refused] == [(7, "pairs_too_many")]


def test_a_table_on_the_disk_names_photos_from_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(png(1))
    (tmp_path / "b.png").write_bytes(png(2))
    (tmp_path / "pairs.csv").write_text("target,source\nin/a.png,b.png\nnone.png,b.png\n")
    plan = planning.from_list_file(tmp_path / "pairs.csv", BASE)
    assert pairs(plan) == [("a.png", "b.png")]
    assert refused(plan) == {"none.png": "input_missing"}


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


def test_the_limit_of_a_photo_is_the_apps_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_MAX_UPLOAD_MB", "3")
    assert inputs.limits().photo.max_bytes == 3 * 1024**2


def test_an_engine_in_a_table_is_one_that_there_is() -> None:
    plan = listed("target,source,engine\na.png,b.png,landmark\nc.png,b.png,magic\n")
    assert [pair.settings.engine for pair in plan.pairs] == [EngineName.LANDMARK]
    assert [one.row for one in plan.refused] == [3]
