"""Colours that a file describes by numbers instead of a profile: a gamma, primaries, or code points of ITU-T H.273.

PNG says them in gAMA, cHRM and cICP, HEIC and AVIF in nclx. Pure: arrays in, arrays out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

Curve = Callable[[np.ndarray], np.ndarray]  # encoded 0…1 → linear light 0…1
Point = tuple[float, float]  # CIE x, y

_D65: Point = (0.3127, 0.3290)
_REC709: tuple[Point, Point, Point] = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
# By their numbers in H.273: red, green, blue; all with the white of D65 but 11.
_PRIMARIES: dict[int, tuple[Point, Point, Point]] = {
    5: ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
_DCI_WHITE: Point = (0.314, 0.351)
_NAMES = {9: "BT.2020", 11: "DCI-P3", 12: "Display P3"}
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_ALIKE = 0.005  # of x and y; what files round to
_GAMMA_ALIKE = 0.05  # of 1/2.2, within which a gamma is taken for that of sRGB, as libpng does
_PAPER_NITS = 203.0  # what is white in HDR by BT.2408; what is brighter is clipped
_STEPS = 65535


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """How values of a file become sRGB.

    Attributes:
        name: to be shown.
        curve: of each channel.
        matrix: (3, 3), from its linear RGB to that of sRGB; None where the primaries are the same.
    """

    name: str
    curve: Curve
    matrix: np.ndarray | None = None

    def to_srgb(self, values: np.ndarray, white: int) -> np.ndarray:
        """(..., 3) uint8 in sRGB.

        Args:
            values: (..., 3) whole numbers, 0 to `white`.
        """
        light = np.clip(self.curve(np.arange(white + 1) / white), 0.0, None).astype(np.float32)
        if self.matrix is None:
            return _rounded(light)[values]
        mixed = np.clip(light[values] @ self.matrix.T.astype(np.float32), 0.0, 1.0)
        return _encoded()[(mixed * _STEPS + 0.5).astype(np.uint16)]


def of_png(gamma: float | None, points: tuple[Point, Point, Point, Point] | None) -> Encoding | None:
    """What gAMA and cHRM mean; None where it is sRGB.

    Args:
        gamma: the exponent of encoding, like 0.45455.
        points: white, red, green, blue.

    Raises:
        ValueError: they describe no colours that there are.
    """
    if gamma is not None and not 0.05 <= gamma <= 20:
        raise ValueError("no plausible gamma")
    matrix = None if points is None else _to_srgb(points[1:], points[0])
    is_usual = gamma is None or abs(gamma * 2.2 - 1) <= _GAMMA_ALIKE
    if matrix is None and is_usual:
        return None
    name = "primaries" if gamma is None else f"gamma {gamma:.5g}"
    return Encoding(name, _srgb_curve if gamma is None else _power(1 / gamma), matrix)


def of_codes(primaries: int, transfer: int) -> Encoding | None:
    """What the code points of H.273 mean; None where it is sRGB or not said."""
    points = _PRIMARIES.get(primaries)
    matrix = None if points is None else _to_srgb(points, _DCI_WHITE if primaries == 11 else _D65)
    curves: dict[int, tuple[str, Curve]] = {
        4: ("gamma 2.2", _power(2.2)),
        5: ("gamma 2.8", _power(2.8)),
        8: ("linear", _power(1.0)),
        16: ("PQ", _pq),
        18: ("HLG", _hlg),
    }
    # Of 2.2 nothing is made, as of gAMA; the camera curve of video (1, 6, 14, 15) is shown as sRGB by everybody.
    name, curve = curves.get(transfer, ("", _srgb_curve))
    if matrix is None and transfer not in (5, 8, 16, 18):
        return None
    return Encoding(" ".join(filter(None, (_NAMES.get(primaries, ""), name))) or "primaries", curve, matrix)


def _srgb_curve(value: np.ndarray) -> np.ndarray:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _power(exponent: float) -> Curve:
    return lambda value: value**exponent


def _pq(value: np.ndarray) -> np.ndarray:
    """SMPTE ST 2084: nits, over those of paper white."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    power = value ** (1 / m2)
    return 10000.0 * (np.maximum(power - c1, 0.0) / (c2 - c3 * power)) ** (1 / m1) / _PAPER_NITS


def _hlg(value: np.ndarray) -> np.ndarray:
    """ARIB STD-B67: light of the scene, over that of paper white, which is at 0.75."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073

    def scene(signal: np.ndarray | float) -> np.ndarray:
        bright = (np.exp((np.maximum(signal, 0.5) - c) / a) + b) / 12
        return np.where(np.asarray(signal) <= 0.5, np.square(signal) / 3, bright)

    return scene(value) / scene(0.75)


def _rounded(light: np.ndarray) -> np.ndarray:
    """Linear light as sRGB bytes, rounded to the nearest."""
    light = np.clip(light.astype(np.float64), 0.0, 1.0)
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    rounded: np.ndarray = (encoded * 255 + 0.5).astype(np.uint8)
    return rounded


@cache
def _encoded() -> np.ndarray:
    """sRGB bytes of 65536 steps of linear light; a step is a twentieth of a byte's where it is largest."""
    return _rounded(np.arange(_STEPS + 1) / _STEPS)


def _to_srgb(points: tuple[Point, ...], white: Point) -> np.ndarray | None:
    """(3, 3) linear RGB to linear RGB of sRGB; None where the primaries are its own.

    Raises:
        ValueError: they span no plane.
    """
    given, own = np.array([*points, white]), np.array([*_REC709, _D65])
    if np.abs(given - own).max() <= _ALIKE:
        return None
    adapted = _adapted(_xyz(white), _xyz(_D65)) @ _from_rgb(points, white)
    matrix: np.ndarray = np.linalg.inv(_from_rgb(_REC709, _D65)) @ adapted
    if not np.isfinite(matrix).all() or np.abs(matrix).max() > 100:
        raise ValueError("no plausible primaries")
    return matrix


def _xyz(point: Point) -> np.ndarray:
    x, y = point
    if not y > 0:
        raise ValueError("a colour without light")
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _from_rgb(points: tuple[Point, ...], white: Point) -> np.ndarray:
    """(3, 3) linear RGB to XYZ."""
    columns = np.stack([_xyz(point) for point in points], axis=1)
    try:
        shares = np.linalg.solve(columns, _xyz(white))
    except np.linalg.LinAlgError as error:
        raise ValueError("the primaries lie on one line") from error
    return np.asarray(columns * shares)


def _adapted(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """(3, 3) XYZ under one white to XYZ under another, by Bradford."""
    cones = (_BRADFORD @ there) / (_BRADFORD @ here)
    return np.asarray(np.linalg.inv(_BRADFORD) @ np.diag(cones) @ _BRADFORD)
