"""Which verdict a pair gets, for looks at a face that is changed in one thing at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fusion.errors import Reason
from fusion.faces import mesh, mirror
from fusion.parsing import GlassesWorn
from fusion.settings import Settings
from fusion.suitability import THRESHOLDS, Cause, Shown, Suitability, Trouble, Unit, Verdict, judge
from fusion.types import FacialHair, Glasses, Role, Switch
from pages.parts.i18n import Words
from tests.support.fixtures.shown import hiding

EYES = (*mesh.RIGHT_EYE_AROUND, *mesh.RIGHT_EYE, *mesh.LEFT_EYE_AROUND, *mesh.LEFT_EYE)
MOUTH = (*mesh.LIPS_OUTER, *mesh.LIPS_INNER, *mesh.CHIN)
ALL = tuple(range(mesh.COUNT))


def outside_features(shown: Shown, landmarks: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(index for index in landmarks if not shown.features[index])


def told(found: Suitability) -> list[tuple[Trouble, Verdict]]:
    return [(cause.trouble, cause.verdict) for cause in found.causes]


def test_nothing_stands_against_a_face_and_itself(free: Shown) -> None:
    assert judge(free, free) == Suitability()
    assert judge(free, free).verdict == Verdict.GOOD


@pytest.mark.parametrize(
    ("degrees", "verdict"),
    [(5, Verdict.GOOD), (12, Verdict.FAIR), (25, Verdict.POOR), (41, Verdict.REFUSED)],
)
def test_heads_turned_apart_are_worse_the_further_they_are(free: Shown, degrees: float, verdict: Verdict) -> None:
    found = judge(free, replace(free, yaw=degrees))
    assert found.verdict == verdict
    assert [(cause.trouble, cause.value) for cause in found.causes] == [(Trouble.YAW_APART, degrees)][
        : found.verdict.rank
    ]


def test_heads_turned_to_opposite_sides_are_alike_once_one_is_mirrored(free: Shown) -> None:
    left, right = replace(free, yaw=-25.0), replace(free, yaw=25.0)
    assert judge(left, right).verdict == Verdict.GOOD
    assert judge(left, right, Settings(mirror=Switch.OFF)).verdict == Verdict.REFUSED


def test_no_mirror_helps_against_a_raised_head(free: Shown) -> None:
    assert told(judge(replace(free, pitch=-13.0), replace(free, pitch=13.0))) == [
        (Trouble.PITCH_APART, Verdict.REFUSED)
    ]


@pytest.mark.parametrize(
    ("yaw", "pitch", "refused"),
    [(28.0, 20.0, Trouble.PITCH_APART), (36.0, 14.0, Trouble.YAW_APART), (20.0, 20.0, None), (36.0, 0.0, None)],
)
def test_heads_turned_and_raised_at_once_are_further_apart_than_either_angle_tells(
    free: Shown, yaw: float, pitch: float, refused: Trouble | None
) -> None:
    found = judge(free, replace(free, yaw=yaw, pitch=pitch), Settings(mirror=Switch.OFF))
    assert (found.verdict == Verdict.REFUSED) == (refused is not None)
    if refused is not None:
        assert found.causes[0].trouble == refused
        assert found.causes[0].value == max(yaw if refused == Trouble.YAW_APART else pitch, 0)


def test_what_one_half_hides_and_the_other_shows_is_not_missing(free: Shown) -> None:
    half = hiding(free, Trouble.HAIR, outside_features(free, mesh.RIGHT_HALF))
    assert judge(free, half).verdict == Verdict.GOOD
    both = hiding(half, Trouble.OBJECT, outside_features(free, mesh.LEFT_HALF))
    assert judge(free, both).verdict.rank >= Verdict.POOR.rank


@pytest.mark.parametrize("trouble", [Trouble.HAIR, Trouble.OBJECT])
def test_what_lies_over_the_features_of_one_half_comes_along(free: Shown, trouble: Trouble) -> None:
    lock = hiding(free, trouble, (*mesh.RIGHT_BROW, *mesh.RIGHT_EYE_AROUND))
    (cause,) = judge(free, lock).causes
    assert (cause.trouble, cause.verdict, cause.unit) == (trouble, Verdict.POOR, Unit.FEATURES)


def test_the_half_that_lies_in_shadow_is_filled_within_the_features_too(free: Shown) -> None:
    assert judge(free, hiding(free, Trouble.SHADOW, (*mesh.RIGHT_BROW, *mesh.RIGHT_EYE_AROUND))) == Suitability()


def test_a_straw_between_the_lips_is_poor(free: Shown) -> None:
    straw = hiding(free, Trouble.OBJECT, (0, 11, 12, 13, 14, 15, 16, 17, 37, 267, 72, 302, 38, 268, 84, 314, 85, 315))
    (cause,) = judge(free, straw).causes
    assert (cause.trouble, cause.verdict) == (Trouble.OBJECT, Verdict.POOR)
    assert cause.value < 0.1


def test_what_is_missing_is_told_by_what_hides_it_and_how_much_of_the_face_it_is(free: Shown) -> None:
    (cause,) = judge(free, hiding(free, Trouble.OBJECT, MOUTH)).causes
    assert (cause.trouble, cause.role, cause.unit) == (Trouble.OBJECT, Role.SOURCE, Unit.FEATURES)
    mouth = free.area[list(dict.fromkeys(MOUTH))]
    assert 0.05 < cause.value < 2 * mouth.sum()


def test_what_the_target_covers_itself_it_does_not_need(free: Shown) -> None:
    masked = hiding(free, Trouble.OBJECT, MOUTH)
    assert judge(masked, masked).verdict == Verdict.GOOD
    assert judge(free, masked).verdict != Verdict.GOOD


@pytest.mark.parametrize(
    ("landmarks", "verdict"),
    [((*mesh.LIPS_OUTER, *mesh.NOSE), Verdict.FAIR), (ALL, Verdict.REFUSED)],
    ids=["microphone", "phone"],
)
def test_what_stands_before_the_targets_features_is_told(
    free: Shown, landmarks: tuple[int, ...], verdict: Verdict
) -> None:
    (cause,) = judge(hiding(free, Trouble.OBJECT, landmarks), free).causes
    assert (cause.trouble, cause.verdict, cause.role) == (Trouble.COVERED, verdict, Role.TARGET)


def test_a_target_that_is_burnt_out_or_in_hard_shadow_is_told_of_the_target(free: Shown) -> None:
    shaded = hiding(free, Trouble.SHADOW, (*mesh.RIGHT_CHEEK, *mesh.LEFT_CHEEK, *mesh.FOREHEAD))
    for target, trouble in ((replace(free, burnt=0.5), Trouble.BURNT), (shaded, Trouble.SHADOW)):
        (cause,) = judge(target, free).causes
        assert (cause.trouble, cause.role) == (trouble, Role.TARGET)
        assert "in the target photo" in str(cause.why)
        assert "Use a target photo" in str(cause.remedy)
        assert "目标照片" in Words("zh").phrase(cause.why)


def test_a_target_covered_by_two_fifths_is_refused(free: Shown) -> None:
    lower = tuple(index for index in ALL if mirror.pairing()[index] != index and index in mesh.RIGHT_HALF)
    share = float(free.area[list(lower)].sum())
    found = judge(hiding(free, Trouble.OBJECT, lower), free)
    assert share > 0.4
    assert told(found) == [(Trouble.COVERED, Verdict.REFUSED)]
    assert found.causes[0].value == pytest.approx(share, abs=0.01)  # of the face or of the features, whichever is more


@pytest.mark.parametrize("role", Role)
def test_eyes_behind_dark_lenses_are_refused_in_either_photo(free: Shown, role: Role) -> None:
    dark = hiding(free, Trouble.DARK_LENSES, EYES, glasses=GlassesWorn.DARK)
    pair = (dark, free) if role == Role.TARGET else (free, dark)
    (cause,) = judge(*pair).causes
    assert (cause.trouble, cause.verdict, cause.role) == (Trouble.DARK_LENSES, Verdict.REFUSED, role)


def test_glasses_that_come_along_hide_nothing(free: Shown) -> None:
    worn = hiding(free, Trouble.GLASSES, EYES, glasses=GlassesWorn.CLEAR, frame_whole=True)
    for settings in (Settings(), Settings(glasses=Glasses.SOURCE)):
        assert Trouble.GLASSES not in {cause.trouble for cause in judge(free, worn, settings).causes}
    assert judge(free, worn, Settings(glasses=Glasses.NONE)).causes[0].trouble == Trouble.GLASSES
    assert judge(free, replace(worn, frame_whole=False)).causes[0].trouble == Trouble.GLASSES


def test_glasses_that_stay_on_the_target_are_told(free: Shown) -> None:
    worn = hiding(free, Trouble.GLASSES, EYES, glasses=GlassesWorn.CLEAR, frame_whole=True)
    (cause,) = judge(worn, free).causes
    assert (cause.trouble, cause.verdict, cause.role) == (Trouble.GLASSES, Verdict.FAIR, Role.TARGET)


@pytest.mark.parametrize(("yaw", "verdict"), [(0.0, Verdict.FAIR), (5.0, Verdict.POOR)])
def test_glasses_that_come_along_are_told_for_their_arms_end_with_the_face(
    free: Shown, yaw: float, verdict: Verdict
) -> None:
    worn = hiding(free, Trouble.GLASSES, EYES, glasses=GlassesWorn.CLEAR, frame_whole=True)
    told_ = {cause.trouble: cause.verdict for cause in judge(replace(free, yaw=yaw), worn).causes}
    assert told_ == {Trouble.GLASSES_CARRIED: verdict}
    own = replace(worn, yaw=9.0)  # whose own pair stays
    assert Trouble.GLASSES_CARRIED not in {cause.trouble for cause in judge(own, worn).causes}


def test_a_beard_on_one_face_alone_is_told_unless_its_place_is_chosen(free: Shown) -> None:
    bearded = replace(free, beard=0.9)
    (cause,) = judge(bearded, free).causes
    assert (cause.trouble, cause.role, cause.verdict) == (Trouble.BEARD, Role.TARGET, Verdict.FAIR)
    assert judge(bearded, free, Settings(facial_hair=FacialHair.SOURCE)).verdict == Verdict.GOOD
    assert judge(bearded, bearded).verdict == Verdict.GOOD


def test_skins_far_apart_are_told_where_the_light_is_harder_on_one(free: Shown) -> None:
    dark = replace(free, skin=(25.0, 10.0, 12.0))
    hard = replace(dark, contrast=4.0)
    assert judge(free, dark).verdict == Verdict.GOOD
    assert told(judge(free, hard)) == [(Trouble.TONES_APART, Verdict.POOR)]
    assert told(judge(hard, free)) == [(Trouble.TONES_APART, Verdict.POOR)]
    assert judge(replace(free, contrast=4.0), hard).verdict == Verdict.GOOD


def test_a_source_with_darker_skin_is_told_but_not_one_that_is_only_exposed_less(free: Shown) -> None:
    dim = replace(free, skin=(45.0, 12.0, 15.0), paleness=0.5)
    assert judge(replace(free, paleness=0.5), dim).verdict == Verdict.GOOD
    darker = replace(dim, paleness=-0.5)  # its eyes are bright
    assert told(judge(replace(free, paleness=0.5), darker)) == [(Trouble.TONES_APART, Verdict.POOR)]
    assert judge(darker, replace(free, paleness=0.5)).verdict == Verdict.GOOD


def test_expressions_that_differ_are_told(free: Shown) -> None:
    assert judge(free, replace(free, mouth_open=free.mouth_open + 0.2)).causes[0].trouble == Trouble.MOUTHS_DIFFER
    still, smiling = replace(free, smile=0.0), replace(free, smile=0.9)
    assert told(judge(still, smiling)) == [(Trouble.SMILES_DIFFER, Verdict.FAIR)]
    assert judge(smiling, still) == Suitability()
    (cause,) = judge(free, replace(free, eyes_shut=0.9)).causes
    assert (cause.trouble, cause.role) == (Trouble.EYES_SHUT, Role.SOURCE)


def test_the_worst_cause_comes_first(free: Shown) -> None:
    found = judge(free, replace(free, width_px=50.0, yaw=45.0, pitch=15.0))
    assert [cause.verdict for cause in found.causes] == [Verdict.REFUSED, Verdict.POOR, Verdict.FAIR]


def test_all_that_is_missing_counts_together_where_no_single_cause_says_as_much(free: Shown) -> None:
    cheeks = hiding(free, Trouble.BURNT, (*mesh.RIGHT_CHEEK, *mesh.LEFT_CHEEK))
    both = hiding(cheeks, Trouble.SHADOW, mesh.NOSE)
    both = hiding(both, Trouble.CUT_OFF, tuple(mesh.CHIN))
    causes = {cause.trouble: cause.verdict for cause in judge(free, both).causes}
    singles = [verdict.rank for trouble, verdict in causes.items() if trouble != Trouble.LITTLE_SHOWN]
    assert Trouble.LITTLE_SHOWN in causes
    assert causes[Trouble.LITTLE_SHOWN].rank > max(singles, default=0)


def test_a_refused_pair_is_an_error_with_a_remedy(free: Shown) -> None:
    refusal = judge(free, replace(free, yaw=60.0)).refusal
    assert refusal is not None
    assert refusal.reason == Reason.PAIR_REFUSED
    assert refusal.exit == 2
    assert "60°" in refusal.message
    assert "--anyway" in refusal.remedy
    assert judge(free, free).refusal is None


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_has_a_threshold_and_sentences_that_end_as_such(trouble: Trouble) -> None:
    rows = {unit: row for (each, unit), row in THRESHOLDS.items() if each == trouble}
    assert rows
    for unit, row in rows.items():
        cause = Cause(trouble, Verdict.FAIR, 0.5, unit, Role.SOURCE)
        assert all(str(phrase).endswith(".") for phrase in (cause.why, cause.remedy))
        assert Cause.from_json(cause.to_json()) == cause
        limits = [limit for limit in (row.fair, row.poor, row.refused) if limit is not None]
        assert limits == sorted(limits, reverse=row.is_less)
        assert limits
