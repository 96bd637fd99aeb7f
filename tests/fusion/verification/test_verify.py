"""What is said of pictures' origins: claims stay claims, contradictions are seen, only a signature makes it whole."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from PIL import Image

from benchmarks.verify import pictures as made
from benchmarks.verify.__main__ import is_right
from benchmarks.verify.cases import Case, cases
from fusion import provenance, signing, watermark
from fusion.errors import PhotoRejected
from fusion.labels import Label
from fusion.marks import AigcLabel, xmp
from fusion.photos import Format, Limits, encode
from fusion.verification import SENTENCES, Code, Finding, Report, State, Verdict, signatures, verify
from tests.support.fixtures.chains import chain
from tests.support.fixtures.marked import AI, LABEL, labelled, picture, with_chunk, with_store, with_text
from tests.support.fixtures.signed_in_part import added_to, scan_of, signed_in_part

CASES = cases()


def codes(report: Report) -> list[Code]:
    return [finding.code for finding in report.findings]


def states(report: Report) -> dict[Code, State]:
    return {finding.code: finding.state for finding in report.findings}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_of_sixty_files_is_told_as_somebody_would_want_it(case: Case) -> None:
    report = verify(case.make())
    assert is_right(case, report), (report.verdict, report.is_ai, codes(report))
    json.dumps(report.to_json())


def test_there_are_sixty_and_each_has_its_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES) == 60


@pytest.mark.parametrize("format", made.FORMATS)
def test_a_label_that_fits_is_a_claim_and_no_more(format: str) -> None:
    found = states(verify(made.ours(format)))
    assert found == dict.fromkeys(
        (Code.LABEL_MADE, Code.LABEL_FITS, Code.SOURCE_AI, Code.MADE_BY, Code.RECIPE_AGREES), State.CLAIMED
    )


@pytest.mark.parametrize("format", made.FORMATS)
def test_signing_leaves_what_the_label_fits(format: str) -> None:
    found = states(verify(made.signed(format)))
    assert found[Code.LABEL_FITS] == State.CLAIMED
    assert found[Code.SIGNED_VALID] == found[Code.SIGNED_AI] == State.HOLDS


def test_who_signed_is_named_and_trusted_only_where_an_authority_is() -> None:
    (first, *_) = verify(made.signed("png")).findings
    assert first.details == {"signer": "Fusewise's benchmark"}
    roots = chain("Fusewise's benchmark").root.decode()
    assert codes(verify(made.signed("png"), trusted=roots))[0] == Code.SIGNED_TRUSTED


@pytest.mark.parametrize("format", made.FORMATS)
def test_no_changed_byte_of_a_signed_picture_leaves_it_whole(format: str) -> None:
    file = made.signed(format)
    chance = np.random.default_rng(1)
    store = file.index(b"jumb")  # of which some bytes are filling
    for at in chance.integers(0, len(file), 12):
        if not store - 40 < at < store + 30_000:
            try:
                assert verify(file[:at] + bytes((file[at] ^ 4,)) + file[at + 1 :]).verdict != Verdict.WHOLE
            except PhotoRejected:
                continue  # nor is what cannot be read


def test_the_moment_that_a_time_server_vouches_for_is_told() -> None:
    noon = datetime(2026, 11, 27, 12, 0, tzinfo=timezone(timedelta(hours=8)))
    (_, when) = signatures.of(signing.Signed(signing.State.VALID, "Somebody", stamped=noon))
    assert (str(when), when.state) == ("A time server saw the signature at 2026-11-27 04:00 UTC.", State.HOLDS)


def test_a_store_that_is_none_is_a_broken_signature() -> None:
    for format in ("PNG", "JPEG", "WEBP"):
        assert states(verify(with_store(picture(format))))[Code.SIGNATURE_BROKEN] == State.BROKEN


@pytest.mark.parametrize("format", made.FORMATS)
def test_a_signature_in_place_of_the_one_that_the_recipe_names_is_told(format: str) -> None:
    bare = made.without(made.signed(format), "c2pa")
    report = verify(made.signed_by_others(AI, bare, f"image/{format}"))
    assert states(report)[Code.SIGNED_VALID] == State.HOLDS
    assert [str(each) for each in report.findings if each.state == State.BROKEN] == [
        "By its recipe it was signed by Fusewise's benchmark; in place of that signature is another."
    ]


def test_who_signs_anew_and_keeps_the_signature_inside_contradicts_nothing() -> None:
    first = made.signed("png")
    report = verify(made.signed_by_others(AI, first, "image/png", parent=first))
    assert (report.verdict, report.findings[0].details) == (Verdict.WHOLE, {"signer": "Somebody"})


def test_a_signature_that_leaves_the_picture_out_makes_nothing_whole() -> None:
    file = signed_in_part(picture("JPEG"))
    begin, end = scan_of(file)
    other = file[:begin] + bytes(byte ^ 1 if byte not in (0, 1, 0xFE, 0xFF) else byte for byte in file[begin:end])
    for each in (file, other + file[end:]):
        report = verify(each, trusted=chain("In part").root.decode())
        assert states(report)[Code.SIGNED_PART] == State.CLAIMED
        assert report.verdict == Verdict.CLAIMED
    assert verify(added_to(file, "image/jpeg")).verdict == Verdict.CLAIMED  # nor does one around it


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_what_each_format_s_signature_leaves_out_anyway_counts_for_nothing(format: str) -> None:
    buffer = io.BytesIO()
    Image.fromarray(made.pixels()).save(buffer, format)
    report = verify(made.signed_by_others(AI, buffer.getvalue(), f"image/{format.lower()}"))
    assert (report.verdict, report.is_ai) == (Verdict.WHOLE, True)


@pytest.mark.parametrize("format", ["jpeg", "png"])
def test_a_signature_that_only_adds_to_one_is_whole_as_that_is(format: str) -> None:
    report = verify(added_to(made.signed(format), f"image/{format}"))
    assert report.verdict == Verdict.WHOLE


def test_without_the_library_it_is_said_that_a_signature_cannot_be_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    file = made.signed("jpeg")
    monkeypatch.setattr(signing, "is_installed", lambda: False)
    report = verify(file)
    assert states(report)[Code.SIGNATURE_UNCHECKED] == State.CLAIMED
    assert "requirements-c2pa.txt" in str(report.findings[0])
    assert report.verdict == Verdict.CLAIMED


def test_other_tools_labels_are_said_as_they_are_and_cannot_be_checked() -> None:
    for label, code in (("1", Code.LABEL_MADE), ("2", Code.LABEL_MAYBE), ("3", Code.LABEL_SUSPECTED)):
        report = verify(labelled("WEBP", replace(LABEL, label=label)))
        assert codes(report)[:2] == [code, Code.LABEL_UNCHECKED]
        assert report.produce_id == "a1b2c3"
        assert str(report.findings[0]).endswith("by Fusewise, number a1b2c3.")


def test_a_job_of_this_machine_is_named_and_nobody_else_is_asked_for_a_number() -> None:
    asked: list[str] = []

    def known(id: str) -> bool:
        asked.append(id)
        return True

    assert Code.JOB_KNOWN in codes(verify(made.ours("png"), known=known))
    assert Code.JOB_KNOWN not in codes(verify(picture("PNG"), known=known))
    assert asked == [made.ID]


def test_what_a_share_has_left_is_told_with_what_no_program_can_read() -> None:
    report = verify(made.resaved(made.ours("png", visible=Label.ZH), "JPEG", quality=70))
    assert [(each.code, each.state) for each in report.findings] == [(Code.NOTHING_LEFT, State.UNKNOWN)]
    assert "look at the corners" in str(report.findings[0])
    assert report.verdict == Verdict.NOTHING


@pytest.mark.parametrize("quality", [70, 90])
def test_a_watermark_is_what_a_share_has_left(quality: int) -> None:
    frame = watermark.mark(made.pixels(3, 512, 384), made.NUMBER)
    report = verify(made.resaved(encode(frame, Format.PNG), "JPEG", quality=quality))
    assert [(each.code, each.details) for each in report.findings] == [
        (Code.WATERMARK_FOUND, {"mark": made.NUMBER[:12]})
    ]
    assert (report.verdict, report.is_ai) == (Verdict.CLAIMED, True)


def test_a_watermark_is_compared_with_the_recipe_that_names_one() -> None:
    def marked(number: str, recipe: dict[str, object]) -> dict[Code, State]:
        frame = watermark.mark(made.pixels(3, 512, 384), number) if number else made.pixels(3, 512, 384)
        return states(verify(encode(frame, Format.PNG, metadata=provenance.metadata(recipe))))

    named = made.recipe(512, 384, id=made.NUMBER, watermark=True)
    other = "ffffffffffff0000"
    assert marked(made.NUMBER, named)[Code.WATERMARK_FOUND] == State.CLAIMED
    assert marked(other, named)[Code.WATERMARK_OTHER] == State.BROKEN
    assert marked("", named)[Code.WATERMARK_LOST] == State.UNKNOWN
    # A target's, which its result still shows, contradicts nothing where the result got none.
    assert marked(other, made.recipe(512, 384, watermark=False))[Code.WATERMARK_FOUND] == State.CLAIMED


def test_a_picture_that_is_cut_short_is_said_to_be() -> None:
    file = picture("JPEG")
    report = verify(file[: len(file) - 300])
    assert codes(report) == [Code.PICTURE_DAMAGED, Code.NOTHING_LEFT]
    assert report.verdict == Verdict.NOTHING


@pytest.mark.parametrize(
    "box", [[0, 0, 257, 10], [-1, 0, 5, 5], [0, 190, 5, 5], [0, 0, 0, 5], [0, 0, 5], "box", [0, 0, 5, True], None]
)
def test_a_visible_label_stands_within_its_picture(box: object) -> None:
    png = made.ours("png", visible=Label.ZH)
    told = made.recipe(label={"text": "AI生成", "box": box}, signed=None)
    text = json.dumps({key: told[key] for key in told if key != "notice"}, separators=(",", ":"))
    assert states(verify(with_text(png, "Fusewise", text)))[Code.VISIBLE_OUTSIDE] == State.BROKEN


@pytest.mark.parametrize("text", ["{", "[]", '"x"', '{"id": 1}', '{"output": [256, 192]}', '{"id": {}, "output": {}}'])
def test_a_recipe_that_is_none_is_broken(text: str) -> None:
    assert verify(with_text(made.ours("png"), "Fusewise", text)).verdict == Verdict.BROKEN


def test_a_cut_picture_has_no_label_that_fits() -> None:
    for file in map(made.ours, ("png", "jpeg")):
        report = verify(file[: len(file) // 2])
        assert states(report)[Code.LABEL_OTHER_PICTURE] == State.BROKEN
        assert states(report)[Code.PICTURE_DAMAGED] == State.UNKNOWN


def test_a_label_does_not_fit_frames_that_are_shown_in_place_of_its_picture() -> None:
    file = with_chunk(made.ours("png"), b"acTL", b"\0\0\0\1\0\0\0\0")
    assert states(verify(file))[Code.LABEL_OTHER_PICTURE] == State.BROKEN


def test_what_is_no_picture_is_refused_and_so_is_one_beyond_the_limits() -> None:
    with pytest.raises(PhotoRejected, match="not a photo"):
        verify(b"words")
    with pytest.raises(PhotoRejected):
        verify(picture("PNG"), limits=Limits(max_bytes=100))
    assert verify(picture("PNG")).verdict == Verdict.NOTHING  # smaller than a photo to fuse may be


def test_what_a_stranger_wrote_is_shown_in_part() -> None:
    long = AigcLabel("1", "p" * 5000, "i" * 5000)
    report = verify(picture("PNG", packet=xmp.packet(long, "t" * 5000).encode()))
    assert max(len(str(finding)) for finding in report.findings) < 500


def test_each_finding_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Code)
    assert Finding(Code.LABELS_SEVERAL, State.BROKEN, {"count": 2}).to_json() == {
        "code": "labels_several",
        "state": "broken",
        "details": {"count": 2},
        "text": "There are 2 labels, where the standard allows one.",
    }
