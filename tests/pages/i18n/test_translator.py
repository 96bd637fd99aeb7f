"""What the pages say is the same in each language, key by key and placeholder by placeholder."""

from __future__ import annotations

import json
import re
import string
from dataclasses import fields

import pytest

from advisor.diagnosis import SENTENCES as CAUSES
from advisor.diagnosis import Cause
from advisor.driver import SENTENCES as MACHINE
from advisor.driver import Reason
from advisor.quality import FaceQuality, PairQuality, PhotoQuality, ResultQuality
from advisor.recommendation import Remark
from advisor.recommendation.messages import SENTENCES as REMARKS
from advisor.selftest import SENTENCES as TESTED
from api.spoken.translator import FOLDER, NAMES
from fusion import errors
from fusion.errors import FusionError, NoFace, Phrase, PhraseCode, SettingsInvalid
from fusion.errors.english_phrases import PHRASES
from fusion.errors.tree import SENTENCES
from fusion.memory import HOST
from fusion.notices import NOTICES, Notice
from fusion.settings import Settings
from fusion.types import Role
from fusion.verification import SENTENCES as FOUND
from fusion.verification import Code
from pages.parts.i18n import Language, Words, language_of
from tests.support import ROOT
from tests.support.claims import none_of

SAID = {each: json.loads((FOLDER / f"{each}.json").read_text(encoding="utf-8")) for each in Language}
ENGLISH, CHINESE = SAID[Language.ENGLISH], SAID[Language.CHINESE]
OTHERS = [each for each in Language if each != Language.ENGLISH]
ELSEWHERE = {f"error.{reason}.{part}" for reason in SENTENCES for part in ("message", "remedy")}
ELSEWHERE |= {f"notice.{code}" for code in NOTICES} | {f"remark.{code}" for code in REMARKS}
ELSEWHERE |= {f"machine.{reason}.{part}" for reason in MACHINE for part in ("message", "remedy")}
ELSEWHERE |= {f"phrase.{code}" for code in PhraseCode} | {f"verify.{code}" for code in Code}
ELSEWHERE |= {f"tested.{code}" for code in TESTED}
ELSEWHERE |= {f"cause.{cause}.{part}" for cause in CAUSES for part in ("why", "remedy")}


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def english(key: str) -> str:
    kind, _, rest = key.partition(".")
    if kind == "notice":
        return NOTICES[rest]
    if kind == "verify":
        return FOUND[Code(rest)]
    if kind == "tested":
        return {str(code): said for code, said in TESTED.items()}[rest]
    if kind == "phrase":
        return PHRASES[PhraseCode(rest)]
    if kind == "remark":
        return REMARKS[rest]
    if kind == "machine":
        code, _, part = rest.rpartition(".")
        return MACHINE[Reason(code)][part == "remedy"]
    if kind == "cause":
        code, _, part = rest.rpartition(".")
        return CAUSES[code][part == "remedy"]
    if kind == "error":
        reason, _, part = rest.rpartition(".")
        return SENTENCES[errors.Reason[reason.upper()]][part == "remedy"]
    sentence: str = ENGLISH[key]
    return sentence


@pytest.mark.parametrize("language", OTHERS)
def test_each_language_has_the_keys_of_english_and_those_beside_their_codes(language: Language) -> None:
    assert set(SAID[language]) - set(ENGLISH) == ELSEWHERE
    assert set(ENGLISH) - set(SAID[language]) == set()


def test_each_language_says_its_own_name() -> None:
    assert set(NAMES) == set(Language)


def test_what_stands_beside_its_code_is_not_repeated_in_english() -> None:
    assert not [
        key
        for key in ENGLISH
        if key.startswith(("error.", "notice.", "remark.", "machine.", "cause.", "phrase.", "verify.", "tested."))
    ]


def test_every_cause_has_a_sentence_and_a_name() -> None:
    assert set(CAUSES) == set(Cause)
    assert [cause for cause in Cause if f"cause_name.{cause}" not in ENGLISH] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_sentence_has_the_same_placeholders_in_each_language(language: Language) -> None:
    found = {key: (placeholders(said), placeholders(english(key))) for key, said in SAID[language].items()}
    none_of({key: f"{other} and {en}" for key, (other, en) in found.items() if other != en})


def test_a_chinese_sentence_is_chinese() -> None:
    bare = {key: re.sub(r"\{.*?\}", "", sentence) for key, sentence in CHINESE.items()}
    names = {"engine.unet", "device.cpu", "device.cuda", "result.recipe"}
    names |= {key for key, sentence in bare.items() if not re.search(r"[a-zA-Z]{2}", sentence)}
    none_of({key: said for key, said in bare.items() if key not in names and not re.search(r"[一-鿿]", said)})


def test_every_key_that_the_pages_name_exists() -> None:
    named: set[str] = set()
    for file in (ROOT / "pages").rglob("*.py"):
        named |= set(re.findall(r"""say\(\s*"([a-z_.]+)\"""", file.read_text(encoding="utf-8")))
    assert named
    assert named <= set(ENGLISH)


def test_no_sentence_is_left_that_no_page_says() -> None:
    files = [file for room in ("api", "pages") for file in (ROOT / room).rglob("*.py")]
    sources = "\n".join(file.read_text(encoding="utf-8") for file in files)
    sources += (ROOT / "streamlit_app.py").read_text(encoding="utf-8")
    groups = {match.rstrip(".") for match in re.findall(r'"([a-z_]+\.)', sources)} | set(
        re.findall(r"""f["']([a-z_]+)\.\{""", sources)
    )
    spoken = {
        "role",
        "part",
        "device",
        "engine",
        "mode",
        "fit",
        "fill",
        "glasses",
        "facial_hair",
        "switch",
        "precision",
        "output",
        "aspect",
        "suits",
        "where",
        "gauge",
        "evidence",
        "lightness",
        "selftest_check",
        "selftest_state",
    }
    said = groups | spoken | set(Role)
    none_of({key: ENGLISH[key] for key in ENGLISH if f'"{key}"' not in sources and key.split(".")[0] not in said})


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("zh-CN", Language.CHINESE),
        ("zh-Hans-SG", Language.CHINESE),
        ("ZH", Language.CHINESE),
        ("en-GB", Language.ENGLISH),
        ("xx-XX", Language.ENGLISH),
        (None, Language.ENGLISH),
    ],
)
def test_the_browser_says_which_language_to_speak(locale: str | None, language: Language) -> None:
    assert language_of(locale) == language


def test_a_browser_gets_the_first_of_its_languages_that_is_spoken() -> None:
    assert language_of("xx-XX", "xx", "zh-TW", "en") == Language.CHINESE
    assert language_of("xx", "english") == language_of() == Language.ENGLISH


def test_an_error_names_the_role_in_the_readers_language() -> None:
    error = NoFace(errors.Reason.NO_FACE, role=Role.SOURCE)
    assert Words("en").error(error) == (error.message, error.remedy)
    message, remedy = Words("zh").error(error)
    assert message == "在源照片中未检测到人脸。"
    assert "40" in remedy


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ('{"ratio": 3}', "ratio 的值为 3，应为 0 到 1 之间的数。"),
        ('{"sharpen": 3}', '0 到 1 之间的数或 "auto"'),
        ('{"mode": "melt"}', "以下之一：normal, blend, overlay"),
        ('{"output": [9, 9]}', "两个 64 到 8192 之间的整数"),
        ('{"output": [9]}', "分辨率档位或 [宽, 高]"),
        ('{"faces": {"target": -1}}', '"largest"、从 0 开始的序号或框 [左, 上, 右, 下]'),
        ('{"faces": 1}', "形如 "),
        ('{"output_resolution": [512, 512], "preserve_aspect_ratio": 1}', "true 或 false"),
        ('{"colour": 1}', "没有名为 colour 的设置。"),
        ("nonsense", "设置文件不是有效的 JSON。"),
    ],
)
def test_a_wrong_setting_is_explained_in_chinese(settings: str, expected: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        Settings.loads(settings)
    message, remedy = Words("zh").error(caught.value)
    assert expected in message
    assert re.search(r"[一-鿿]", remedy)


@pytest.mark.parametrize("language", list(Language))
def test_a_number_is_rounded_as_its_sentence_says(language: Language) -> None:
    said = Words(language).notice(Notice("yaw_differs", {"degrees": 41.7}))
    assert "42°" in said


def test_a_remark_of_a_card_says_what_is_so_and_what_to_do_in_the_readers_language() -> None:
    message, remedy = MACHINE[Reason.HIDDEN]
    remark = Remark("card", {"reason": str(Reason.HIDDEN), "message": message, "remedy": remedy})
    assert Words("en").remark(remark) == str(remark) == f"{message} {remedy}"
    assert Words("zh").remark(remark) == "".join(Words("zh").machine(Reason.HIDDEN))
    assert re.match(r"[一-鿿]", Words("zh").remark(remark))


def test_a_remark_names_the_role_in_the_readers_language() -> None:
    assert (
        Words("zh")
        .remark(Remark("photo_side", {"role": "source", "width": 9000, "height": 10, "limit": 8192}))
        .startswith("源照片")
    )


def test_a_device_without_a_word_of_its_own_keeps_its_name() -> None:
    assert Words("zh")("worker.ready", device="NVIDIA H100") == "就绪 · NVIDIA H100"
    assert Words("en").error(FusionError(errors.Reason.OUT_OF_MEMORY, device="cuda:0"))[0].endswith("cuda:0.")
    assert Words("zh").error(FusionError(errors.Reason.OUT_OF_MEMORY, device=HOST))[0] == "本机 内存不足。"


def test_a_phrase_of_an_error_is_spoken_in_the_readers_language(subtests: pytest.Subtests) -> None:
    for code in PhraseCode:
        with subtests.test(code=code):
            details = {name: ("a", "b") if name == "names" else 1.5 for name in placeholders(PHRASES[code])}
            error = FusionError(errors.Reason.TRIAL_FAILED, why=Phrase(code, details))
            assert Words("en").error(error)[0] == f"A trial fusion failed: {Phrase(code, details)}."
            message = Words("zh").error(error)[0]
            assert str(Phrase(code, details)) not in message
            assert "{" not in message


def test_a_notice_of_an_enlarger_says_why_in_the_readers_language() -> None:
    details: dict[str, errors.Value] = {"name": "SPAN", "why": Phrase(PhraseCode.OTHER_PICTURE), "used": "Lanczos"}
    stored = json.loads(json.dumps(Notice("enlarger_failed", details).to_json()))
    assert stored["text"] == "SPAN could not be used (it gave another picture): Lanczos enlarged the face."
    back = Notice.from_json(stored)
    assert Words("en").notice(back) == stored["text"]
    assert Words("zh").notice(back) == "无法使用 SPAN（它给出的是另一幅图像）：已改用 Lanczos 放大人脸。"
    older = Notice.from_json({**stored, "details": {**stored["details"], "why": "it gave another picture"}})
    assert "（it gave another picture）" in Words("zh").notice(older)


def test_every_measure_has_a_name_in_both_languages() -> None:
    nouns = {"": (FaceQuality, PhotoQuality, ResultQuality), "pair_": (PairQuality,)}
    names = {f"gauge.{of}{each.name}" for of, kinds in nouns.items() for kind in kinds for each in fields(kind)}
    # what is reckoned from them is named too: a remedy may be judged by it
    reckoned = {name for kind in nouns[""] for name, what in vars(kind).items() if isinstance(what, property)}
    names |= {f"gauge.{name}" for name in reckoned}
    others = {"gauge.face", "gauge.chosen", "gauge.faces_px", "gauge.looks"}  # these are no numbers, or are counted
    assert names - others <= set(ENGLISH)
