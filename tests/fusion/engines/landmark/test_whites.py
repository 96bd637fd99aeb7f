"""Where skins or whites are far apart, the eyes are in the light that the whites of the target's eyes tell."""

from __future__ import annotations

import torch

from fusion.engines.landmark import whites
from fusion.engines.landmark.aligned import Aligned
from fusion.engines.landmark.regions import Parts
from fusion.faces import mesh
from fusion.ops import warp

SKIN, DARK_SKIN = 75.0, 40.0  # L*


def face(parts: Parts, white: float, black: float, hue: float = 0.0, skin: float = SKIN) -> torch.Tensor:
    """(3, gh, gw) Lab: grey skin; eyes with whites of such L* and b*, and with irises that are all pupil."""
    lab = torch.zeros(3, *parts.eyes.shape[-2:])
    lab[0] = skin
    opening = parts.eyes[0] > 0.1
    lab[0][opening], lab[2][opening] = white, hue
    pupil = opening & near_an_iris(parts)
    lab[0][pupil], lab[2][pupil] = black, 0.0
    return lab


def near_an_iris(parts: Parts) -> torch.Tensor:
    """(gh, gw) bool: the discs of both irises."""
    height, width = parts.eyes.shape[-2:]
    where = warp.pixel_centres(height, width, torch.device("cpu"))
    discs = []
    for middle, *rim in (mesh.RIGHT_IRIS, mesh.LEFT_IRIS):
        shape = torch.tensor(parts.shape, dtype=torch.float32)
        radius = (shape[rim] - shape[middle]).norm(dim=1).mean()
        discs.append((where - shape[middle].view(2, 1, 1)).norm(dim=0) < radius)
    return discs[0] | discs[1]


def made(parts: Parts, target: torch.Tensor, source: torch.Tensor, lit: torch.Tensor) -> torch.Tensor:
    """(3, gh, gw) Lab: the `lit` face with the eyes that the step makes of the two."""
    skin, none = parts.oval * (1 - parts.features), torch.zeros_like(parts.oval)
    return whites.lit(lit, source, Aligned(source, target, skin, skin, skin, none, parts.oval, parts))


def white_of(lab: torch.Tensor, parts: Parts) -> torch.Tensor:
    """(3,): the Lab of the whites."""
    return lab[:, (parts.eyes[0] > 0.95) & ~near_an_iris(parts)].median(1).values


def pupil_of(lab: torch.Tensor, parts: Parts) -> torch.Tensor:
    return lab[:, (parts.eyes[0] > 0.95) & near_an_iris(parts)].median(1).values


def test_whites_have_the_lightness_and_the_hue_of_the_targets(parts: Parts) -> None:
    target, source = face(parts, 80, 10, hue=12), face(parts, 65, 10, hue=-8, skin=DARK_SKIN)
    white = white_of(made(parts, target, source, source), parts)
    assert abs(float(white[0]) - 80) < 3
    assert abs(float(white[2]) - 12) < 3


def test_a_pupil_is_no_milkier_than_the_targets_however_much_an_eye_is_brightened(parts: Parts) -> None:
    target, source = face(parts, 75, 5), face(parts, 50, 20, skin=DARK_SKIN)
    assert float(pupil_of(made(parts, target, source, source), parts)[0]) < 8


def test_the_haze_over_the_targets_eyes_does_not_make_clear_ones_milky(parts: Parts) -> None:
    target, source = face(parts, 70, 30), face(parts, 70, 5, skin=DARK_SKIN)
    assert float(pupil_of(made(parts, target, source, source), parts)[0]) < 8


def test_eyes_that_a_darker_skins_light_made_dark_are_given_whites_but_do_not_shine(parts: Parts) -> None:
    target, source = face(parts, 75, 10, skin=DARK_SKIN), face(parts, 75, 10)
    lit = face(parts, 25, 3, skin=DARK_SKIN)
    lightness = float(white_of(made(parts, target, source, lit), parts)[0])
    assert 35 < lightness < 70


def test_eyes_stay_in_the_light_of_skin_where_skins_and_the_hues_of_whites_are_alike(parts: Parts) -> None:
    target, source = face(parts, 80, 10, hue=1), face(parts, 65, 10, hue=2)
    assert (made(parts, target, source, source) - source).abs().amax() < 0.01


def test_whites_that_the_light_of_a_like_skin_made_violet_get_the_hue_of_the_targets(parts: Parts) -> None:
    target, source = face(parts, 80, 10), face(parts, 65, 10)
    for each in (target, source):
        each[2][parts.eyes[0] <= 0.1] = 20.0
    lit = face(parts, 70, 10, hue=-20)
    assert abs(float(white_of(made(parts, target, source, lit), parts)[2])) < 4


def test_lids_that_pass_for_whites_change_no_hue(parts: Parts) -> None:
    """Behind glasses or in shade no white may be seen; what is brightest there is as red as skin."""
    target, source = face(parts, 80, 10), face(parts, 65, 10)
    for each in (target, source):
        each[1:, parts.eyes[0] <= 0.1] = 20.0
    source[1:, (parts.eyes[0] > 0.1) & ~near_an_iris(parts)] = 20.0
    assert (made(parts, target, source, source) - source).abs().amax() < 0.01


def test_one_side_of_an_eye_is_no_bluer_than_the_targets(parts: Parts) -> None:
    target, source = face(parts, 80, 10), face(parts, 80, 10)
    for each in (target, source):
        each[2][parts.eyes[0] <= 0.1] = 20.0  # skin tells which way blue lies
    columns = torch.arange(source.shape[2]).expand_as(source[0])
    outer = (columns < parts.shape[list(mesh.RIGHT_IRIS), 0].mean()) & (parts.eyes[0] > 0.1) & ~near_an_iris(parts)
    source[2][outer] = -25.0
    eyes = made(parts, target, source, source)
    seen = outer & (parts.eyes[0] > 0.95)
    assert int(seen.sum()) > 10
    assert float(eyes[2][seen].median()) > -8
    assert float((eyes - source)[2][(parts.eyes[0] > 0.95) & near_an_iris(parts)].abs().max()) < 1


def test_nothing_beyond_the_lids_changes(parts: Parts) -> None:
    target, source = face(parts, 80, 10, hue=12), face(parts, 65, 10, skin=DARK_SKIN)
    beyond = parts.eyes.expand(3, -1, -1) == 0
    assert torch.equal(made(parts, target, source, source)[beyond], source[beyond])


def test_eyes_that_show_no_white_stay_as_the_skins_light_made_them(parts: Parts) -> None:
    closed = face(parts, 20, 20, skin=DARK_SKIN)
    shut = parts.eyes * near_an_iris(parts).float()
    narrow = Parts(**{name: getattr(parts, name) for name in Parts.__dataclass_fields__} | {"eyes": shut})
    assert torch.equal(made(narrow, face(parts, 80, 10), closed, closed), closed)


def test_both_irises_change_their_hue_alike_where_the_light_on_one_eye_is_another(parts: Parts) -> None:
    target = face(parts, 75, 10, hue=10)
    half = target.shape[-1] // 2
    target[2, :, :half] *= -1
    source = face(parts, 75, 30, skin=DARK_SKIN)
    eyes = made(parts, target, source, source)
    irises = (parts.eyes[0] > 0.95) & near_an_iris(parts)
    left, right = irises.clone(), irises.clone()
    left[:, half:], right[:, :half] = False, False
    assert abs(float(eyes[2][left].median() - eyes[2][right].median())) < 1


def test_an_eye_that_its_skin_was_brightened_much_is_no_dark_hole(parts: Parts) -> None:
    target, source = face(parts, 90, 10), face(parts, 20, 5, skin=12.0)
    lit = face(parts, 85, 30)
    assert float(white_of(made(parts, target, source, lit), parts)[0]) > 75


def test_the_brown_corner_of_an_eye_does_not_turn_yellow_in_another_light(parts: Parts) -> None:
    target, source = face(parts, 85, 10), face(parts, 45, 10, skin=DARK_SKIN)
    target[2], source[2] = target[2] + 10, source[2] + 10
    for each in (target, source):
        each[2][(parts.eyes[0] > 0.1)] = 0.0
    edge = torch.zeros_like(parts.eyes[0], dtype=torch.bool)
    columns = torch.arange(edge.shape[1]).expand_as(edge)
    for ids in (mesh.RIGHT_EYE, mesh.LEFT_EYE):
        x = parts.shape[list(ids), 0]
        edge |= (columns >= x.min() - 1) & (columns < x.min() + 0.2 * (x.max() - x.min()))
    corner = (parts.eyes[0] > 0.5) & edge & ~near_an_iris(parts)
    source[0][corner], source[1][corner], source[2][corner] = 40.0, 15.0, 35.0
    lab = made(parts, target, source, source)
    assert int(corner.sum()) > 10
    assert float(lab[2][corner & (parts.eyes[0] > 0.95)].mean()) < 20


def test_the_eye_in_more_light_tells_the_colour_of_whites(parts: Parts) -> None:
    """What looks white in the shade is lid; taken for a white, it would tinge the other eye."""
    target, source = face(parts, 80, 10), face(parts, 70, 10, skin=DARK_SKIN)
    right = torch.arange(source.shape[2]).expand_as(source[0]) > parts.shape[:, 0].mean()
    shaded = (parts.eyes[0] > 0.1) & right & ~near_an_iris(parts)
    source[0][shaded], source[1][shaded], source[2][shaded] = 22.0, 25.0, 25.0
    lab = made(parts, target, source, source)
    white = lab[:, (parts.eyes[0] > 0.95) & ~right & ~near_an_iris(parts)].median(1).values
    assert float(white[1:].norm()) < 8
