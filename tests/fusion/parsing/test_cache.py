"""A face is parsed once, however many ask what is on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fusion.faces import FaceFinder, mirror
from fusion.parsing import Maps
from fusion.photos import Photo


def test_a_face_is_parsed_once_and_again_when_it_is_forgotten(target: Photo) -> None:
    with FaceFinder() as finder:
        face = finder.find(target.pixels).faces[0]
    maps = Maps()
    first = maps.of(target, face)
    assert maps.of(target, face) is first
    maps.forget()
    assert maps.of(target, face) is not first


def test_a_mirrored_photo_of_the_same_file_has_maps_of_its_own(target: Photo) -> None:
    with FaceFinder() as finder:
        face = finder.find(target.pixels).faces[0]
    maps = Maps()
    plain = maps.of(target, face)
    flipped = replace(target, pixels=np.ascontiguousarray(target.pixels[:, ::-1]))
    turned = maps.of(flipped, mirror.mirrored_face(face, target.size.width))
    assert np.abs(turned.skin[:, ::-1] - plain.skin).mean() < np.abs(turned.skin - plain.skin).mean()
