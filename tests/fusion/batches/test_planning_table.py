"""Tables of pairs as people and spreadsheets write them, and what is refused with its row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fusion.batches import Plan, planning
from fusion.batches.inputs import Limits
from fusion.batches.planning import Looker
from fusion.errors import BatchRejected
from fusion.face_setting import ALL, FaceChoice, Mapped
from fusion.settings import Settings
from fusion.types import Box, EngineName, FacialHair, Fill, Glasses, Mode, Size, Switch, Tier
from tests.support.planned import pairs, photos, png, refused

BASE = Settings(ratio=0.6)
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


def test_a_row_sets_what_depends_on_its_photos() -> None:
    plan = listed(
        "target,source,glasses,facial_hair,mirror,fill,anyway\n"
        "a.png,b.png,None,source,OFF,Colour,TRUE\na.png,c.png,target,,,color,no\na.png,d.png,,,,,maybe\n"
    )
    assert [pair.settings for pair in plan.pairs] == [
        replace(
            BASE,
            glasses=Glasses.NONE,
            facial_hair=FacialHair.SOURCE,
            mirror=Switch.OFF,
            fill=Fill.COLOR,
            anyway=True,
        ),
        replace(BASE, glasses=Glasses.TARGET, fill=Fill.COLOR),
    ]
    assert [(one.row, one.error.details["key"]) for one in plan.refused] == [(4, "anyway")]


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


def test_an_engine_in_a_table_is_one_that_there_is() -> None:
    plan = listed("target,source,engine\na.png,b.png,landmark\nc.png,b.png,magic\n")
    assert [pair.settings.engine for pair in plan.pairs] == [EngineName.LANDMARK]
    assert [one.row for one in plan.refused] == [3]


def test_a_cell_names_several_photos_of_one_person() -> None:
    text = 'target,source,sources\na.png,b.png,"c.png; d.png;"\na.png,,c.png;d.png\nb.png,d.png,\n'
    plan = listed(text)
    assert [tuple(photo.given.name for photo in pair.photos) for pair in plan.pairs] == [
        ("a.png", "b.png", "c.png", "d.png"),
        ("a.png", "c.png", "d.png"),
        ("b.png", "d.png"),
    ]
    assert plan.photo_count == 4


def test_a_table_may_have_the_column_of_several_alone_with_semicolons_between_its_cells_too() -> None:
    plan = listed('target;sources;ratio\na.png;"b.png;c.png";0.9\n')
    (pair,) = plan.pairs
    assert [photo.given.name for photo in pair.photos] == ["a.png", "b.png", "c.png"]
    assert pair.settings.ratio == 0.9


def test_too_many_photos_of_one_person_or_none_are_refused_with_their_row() -> None:
    plan = listed(f"target,sources\na.png,{';'.join(['b.png'] * 9)}\na.png, ;\nb.png,c.png;gone.png\n")
    assert [(one.row, str(one.error.reason)) for one in plan.refused] == [
        (2, "sources_too_many"),
        (3, "pair_cell_empty"),
        (4, "photo_missing"),
    ]


def test_a_row_may_choose_the_photo() -> None:
    plan = listed("target,sources,source_photo\na.png,b.png;c.png,1\na.png,c.png;b.png,auto\nb.png,c.png,9\n")
    assert [pair.settings.source_photo for pair in plan.pairs] == [1, None]
    assert [(one.row, one.error.details["key"]) for one in plan.refused] == [(4, "source_photo")]


def test_a_row_may_say_whose_face_comes_where() -> None:
    plan = listed('target;map;ratio\na.png;"0=b.png; 2=c.png;3=b.png";0.9\nd.png;all=c.png;\n')
    assert [pair.names for pair in plan.pairs] == [("a.png", "b.png"), ("d.png", "c.png")]
    assert [tuple(photo.given.name for photo in pair.others) for pair in plan.pairs] == [("c.png",), ()]
    assert [pair.settings for pair in plan.pairs] == [
        replace(BASE, ratio=0.9, map=(Mapped(0, 0), Mapped(2, 1), Mapped(3, 0))),
        replace(BASE, map=(Mapped(ALL, 0),)),
    ]


def test_a_map_that_cannot_be_meant_is_refused_with_its_row() -> None:
    plan = listed(
        "target,source,map,target_face\n"
        "a.png,,0=b.png;0=c.png,\na.png,b.png,0=c.png,\na.png,,b.png,\na.png,,0=b.png,1\na.png,,0=gone.png,\n"
        f"a.png,,{';'.join(f'{at}={at}.png' for at in range(9))},\n"
    )
    assert [(one.row, one.error.reason) for one in plan.refused] == [
        (2, "face_mapped_twice"),
        (3, "map_and_choice"),
        (4, "setting_value"),
        (5, "map_and_choice"),
        (6, "photo_missing"),
        (7, "sources_too_many"),
    ]
