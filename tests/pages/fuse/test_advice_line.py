"""The advice as one plain sentence, in both languages, whatever there is to say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.device.compute_target import Kind, Place
from advisor.recommendation import Intent
from fusion.settings import Settings
from fusion.types import Size, Tier
from pages.parts.fuse import advice_line
from pages.parts.fuse.guidance import Guide, guide
from pages.parts.i18n import Words
from pages.parts.services import Machine
from tests.support.fixtures.advice import GIB, KNOWN, LANDMARK, coefficients, pair, place

PHOTO = Size(1024, 1365)
CARD = Place(Kind.CUDA, "a card", "GPU-1", 8 * GIB, 7 * GIB, 0, 0)


def found(where: Place, *, source_px: float = 900.0, timed: bool = True, output: Tier = Tier.AUTO) -> Guide:
    known = KNOWN if timed else coefficients(timed=False)
    settings, pinned = Settings(output=output), frozenset({"output"} if output != Tier.AUTO else ())
    machine = Machine(where, LANDMARK, known, 0, None, None)
    said = guide(pair(PHOTO, 300.0, source_px), Intent.AUTO, settings, pinned, machine)
    assert said is not None
    return said


def line(language: str, now: Guide) -> str:
    return advice_line.line(Words(language), now).replace("\u00a0", " ").replace("**", "")


@pytest.mark.parametrize(
    ("now", "english", "chinese"),
    [
        (
            found(CARD),
            "1024 × 1365 fits your 8 GB card, takes about 1 s, and the face stays sharp.",
            "您 8 GB 的显卡可以生成 1024 × 1365，约 1 秒，人脸保持清晰。",
        ),
        (
            found(place(8)),
            "1024 × 1365 takes about 1 s on this computer’s processor, and the face stays sharp.",
            "用本机处理器生成 1024 × 1365，约 1 秒，人脸保持清晰。",
        ),
        (
            found(CARD, timed=False),
            "1024 × 1365 fits your 8 GB card, and the face stays sharp. How long it takes is not known yet.",
            "您 8 GB 的显卡可以生成 1024 × 1365，人脸保持清晰。所需时间还不清楚。",
        ),
        (
            found(CARD, output=Tier.T4096, source_px=300),
            "3548 × 4729 fits your 8 GB card, takes about 17 s, but the face will be soft.",
            "您 8 GB 的显卡可以生成 3548 × 4729，约 17 秒，但人脸会模糊。",
        ),
        (
            found(replace(CARD, free_bytes=GIB // 8)),
            "443 × 591 does not fit your card now: it needs up to 0.5 GiB, and 0.1 GiB may be used.",
            "显存目前不够生成 443 × 591：最多需要 0.5 GiB，可用 0.1 GiB。",
        ),
    ],
    ids=["card", "no card", "untimed", "soft", "too big"],
)
def test_the_advice_is_one_sentence(now: Guide, english: str, chinese: str) -> None:
    assert (line("en", now), line("zh", now)) == (english, chinese)


def test_a_face_that_will_be_soft_says_why() -> None:
    now = found(CARD, output=Tier.T2048, source_px=100)
    assert advice_line.soft(Words("en"), now.effective, PHOTO) == (
        "The source photo shows the face only 100 px wide: here it is blown up 5.2×. A larger photo of it helps."
    )
    assert "源照片中的人脸只有 100 像素宽" in advice_line.soft(Words("zh"), now.effective, PHOTO)
    enlarged = found(CARD, output=Tier.T2048)
    assert advice_line.soft(Words("en"), enlarged.effective, PHOTO).replace("\u00a0", " ") == (
        "Your target photo holds 1024 × 1365; larger is only blown up."
    )
    assert advice_line.soft(Words("en"), found(CARD).effective, PHOTO) == ""
