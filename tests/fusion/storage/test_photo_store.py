"""What a photo's file may be missing, may say of its colours, and may cost: end markers, gamma, HEIC, memory."""

from __future__ import annotations

import contextlib
import io
import struct
import threading
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from fusion.errors import PhotoRejected
from fusion.photos import Limits, Photo, formats, header
from fusion.photos.decode import glance, read
from fusion.photos.decode_budget import Budget
from fusion.types import Role, Size
from tests.support.fixtures.photos import colours, rgb_profile, saved

DATA = Path(__file__).parents[2] / "data"
P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
END = b"\xff\xd9"


def codes(photo: Photo) -> list[str]:
    return [notice.code for notice in photo.notices]


def refusal(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(PhotoRejected) as caught:
        read(data, Role.TARGET, limits or Limits())
    return caught.value.reason


def off_by(photo: Photo, expected: np.ndarray) -> int:
    assert photo.pixels.shape == expected.shape
    return int(np.abs(photo.pixels.astype(int) - expected).max())


# the end of a JPEG

NOISE = np.random.default_rng(3).integers(0, 256, (120, 136, 3)).astype(np.uint8)
KINDS: dict[str, dict[str, Any]] = {
    "baseline": {},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_blocks": 5},
    "progressive restarts": {"progressive": True, "restart_marker_rows": 1},
    "4:4:4": {"subsampling": 0},
    "one restart a row": {"restart_marker_rows": 1, "subsampling": 0},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pixels", [NOISE, colours()], ids=["noise", "smooth"])
@pytest.mark.parametrize("tail", [b"", b"\xff", bytes(5000)], ids=["none", "half a marker", "zeros"])
def test_a_jpeg_that_lacks_only_its_end_is_taken(kind: str, pixels: np.ndarray, tail: bytes) -> None:
    whole = saved(pixels, "JPEG", **KINDS[kind])
    assert whole.endswith(END)
    photo = read(whole[:-2] + tail, Role.TARGET)
    assert off_by(photo, read(whole, Role.TARGET).pixels) == 0
    assert codes(photo) == ["end_missing"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tail", [b"", bytes(5000)], ids=["none", "zeros"])
def test_a_jpeg_of_which_more_is_missing_is_refused_or_whole(kind: str, tail: bytes) -> None:
    whole = saved(NOISE, "JPEG", **KINDS[kind])
    expected = read(whole, Role.TARGET).pixels
    for cut in (*range(3, 60), 200, 1000, 3000, len(whole) // 2):
        with contextlib.suppress(PhotoRejected):
            assert off_by(read(whole[:-cut] + tail, Role.TARGET), expected) == 0, cut


def test_a_progressive_jpeg_without_its_last_scans_is_refused() -> None:
    whole = saved(NOISE, "JPEG", progressive=True)
    at, scans = 0, []
    while (at := whole.find(b"\xff\xda", at + 1)) > 0:
        scans.append(at)
    assert len(scans) > 3
    for start in scans[1:]:
        tables = whole.rfind(b"\xff\xc4", 0, start)
        for end in (start, tables):
            assert refusal(whole[:end]) == "photo_truncated"


def test_a_jpeg_cut_between_two_restart_markers_is_refused() -> None:
    whole = saved(NOISE, "JPEG", restart_marker_rows=1)
    for number in range(7):
        at = whole.rfind(bytes([0xFF, 0xD0 + number]))
        if at > 0:
            assert refusal(whole[:at]) == "photo_truncated"
            assert refusal(whole[: at + 2]) == "photo_truncated"


def test_a_jpeg_of_a_thousand_scans_is_refused() -> None:
    whole = saved(colours(), "JPEG", progressive=True)
    start = whole.rfind(b"\xff\xda")
    assert refusal(whole[:-2] + whole[start:-2] * 1000 + END) == "photo_unreadable"


# what a PNG says of its colours


def png_with(pixels: np.ndarray | Image.Image, *chunks: tuple[bytes, bytes]) -> bytes:
    plain = (
        cv2.imencode(".png", pixels[:, :, ::-1])[1].tobytes()
        if isinstance(pixels, np.ndarray)
        else saved(pixels, "PNG")
    )
    made = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return plain[:33] + made + plain[33:]


def gama(exponent: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(exponent * 100_000))


def chrm(points: tuple[tuple[float, float], ...], white: tuple[float, float] = (0.3127, 0.3290)) -> tuple[bytes, bytes]:
    return b"cHRM", struct.pack(">8I", *(round(value * 100_000) for point in (white, *points) for value in point))


SRGB_POINTS = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
SRGB_CHUNK = (b"sRGB", b"\0")


def reference(
    values: np.ndarray, white: int, gamma: float | None, points: tuple[tuple[float, float], ...]
) -> np.ndarray:
    """Straight from the definitions, in double precision; both whites are that of D65."""

    def to_xyz(of: tuple[tuple[float, float], ...]) -> np.ndarray:
        columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in of]).T
        x, y = 0.3127, 0.3290
        return np.asarray(columns * np.linalg.solve(columns, [x / y, 1, (1 - x - y) / y]))

    v = values / white
    linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4) if gamma is None else v ** (1 / gamma)
    linear = np.clip(linear @ (np.linalg.inv(to_xyz(SRGB_POINTS)) @ to_xyz(points)).T, 0, 1)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.floor(encoded * 255 + 0.5).astype(int)


@pytest.mark.parametrize("exponent", [1.0, 0.55555, 0.35])
def test_a_gamma_is_honoured_to_the_last_bit(exponent: float) -> None:
    photo = read(png_with(colours(), gama(exponent)), Role.TARGET)
    assert off_by(photo, reference(colours(), 255, exponent, SRGB_POINTS)) == 0
    assert codes(photo) == ["converted_gamma"]


@pytest.mark.parametrize("exponent", [None, 1.0, 0.45455])
def test_primaries_are_honoured(exponent: float | None) -> None:
    chunks = [chrm(P3)] if exponent is None else [gama(exponent), chrm(P3)]
    photo = read(png_with(colours(), *chunks), Role.TARGET)
    assert off_by(photo, reference(colours(), 255, exponent, P3)) <= 1
    assert codes(photo) == ["converted_gamma"]


@pytest.mark.parametrize(
    "chunks",
    [
        (gama(0.45455),),
        (gama(0.45455), chrm(SRGB_POINTS)),
        (chrm(SRGB_POINTS),),
        (gama(1.0), SRGB_CHUNK),
        (chrm(P3), SRGB_CHUNK),
        (gama(1.0), (b"cICP", bytes((1, 13, 0, 1)))),
    ],
)
def test_what_is_srgb_or_says_so_is_left_alone(chunks: tuple[tuple[bytes, bytes], ...]) -> None:
    photo = read(png_with(colours(), *chunks), Role.TARGET)
    assert off_by(photo, colours()) == 0
    assert photo.notices == ()


def test_a_profile_wins_over_a_gamma() -> None:
    profile = rgb_profile(((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)), 1.0, "Linear")
    chunk = (b"iCCP", b"Linear\0\0" + zlib.compress(profile))
    photo = read(png_with(colours(), gama(0.3), chunk), Role.TARGET)
    assert codes(photo) == ["converted_profile"]


@pytest.mark.parametrize(
    "chunk", [gama(0), (b"gAMA", b"\0\0"), chrm(((0, 0), (0, 0), (0, 0))), chrm(((0.5, 0.5),) * 3), (b"cHRM", b"")]
)
def test_a_gamma_that_cannot_be_is_said_and_ignored(chunk: tuple[bytes, bytes]) -> None:
    photo = read(png_with(colours(), chunk), Role.TARGET)
    assert off_by(photo, colours()) == 0
    assert codes(photo) == ["profile_ignored"]


def test_a_gamma_holds_for_16_bits_grey_palettes_and_transparency() -> None:
    deep = colours().astype(np.uint16) * 257 - 100
    assert off_by(read(png_with(deep, gama(1.0)), Role.TARGET), reference(deep, 65535, 1.0, SRGB_POINTS)) == 0
    linear = reference(colours(), 255, 1.0, SRGB_POINTS)
    grey = Image.fromarray(colours()[:, :, 0])
    assert off_by(read(png_with(grey, gama(1.0)), Role.TARGET), np.repeat(linear[:, :, :1], 3, axis=2)) == 0
    palette = Image.fromarray(colours()).convert("P", palette=Image.Palette.ADAPTIVE)
    shown = reference(np.asarray(palette.convert("RGB")), 255, 1.0, SRGB_POINTS)
    assert off_by(read(png_with(palette, gama(1.0)), Role.TARGET), shown) == 0
    alpha = np.full((80, 96), 255, np.uint8)
    alpha[:, :40] = 0
    clear = read(png_with(Image.fromarray(np.dstack([colours(), alpha])), gama(1.0)), Role.TARGET)
    assert (clear.pixels[:, :40] == 255).all()
    assert (clear.pixels[:, 40:] == linear[:, 40:]).all()
    assert codes(clear) == ["alpha_dropped", "converted_gamma"]


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_what_unpacks_to_much_is_left_out_and_the_photo_taken(kind: bytes) -> None:
    packed = zlib.compress(bytes(80 * 1024**2), 9)
    head = {b"zTXt": b"Comment\0\0", b"iTXt": b"Comment\0\1\0\0\0", b"iCCP": b"Wide\0\0"}[kind]
    photo = read(png_with(colours(), (kind, head + packed)), Role.TARGET)
    assert off_by(photo, colours()) == 0
    assert codes(photo) == (["profile_ignored"] if kind == b"iCCP" else [])


def test_a_png_is_turned_by_exif_by_xmp_and_by_what_imagemagick_writes() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    raw = exif.tobytes()[6:] if exif.tobytes().startswith(b"Exif\0\0") else exif.tobytes()
    upright = cv2.rotate(colours(), cv2.ROTATE_90_CLOCKWISE)
    xmp = b'<x:xmpmeta xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
    digits = b"\nexif\n%8d\n" % len(raw) + raw.hex().encode()
    for chunk in (
        (b"eXIf", raw),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp),
        (b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(digits)),
    ):
        data = png_with(colours(), chunk)
        assert off_by(read(data, Role.TARGET), upright) == 0, chunk[0]
        assert glance(data) == Size(80, 96)


# HEIC and AVIF


@pytest.mark.parametrize("name", ["plain", "ten_bit", "turned_3", "turned_6", "turned_7", "burst"])
def test_a_heic_is_read_upright_and_its_primary_picture_alone(name: str) -> None:
    data = (DATA / f"{name}.heic").read_bytes()
    photo = read(data, Role.TARGET)
    assert off_by(photo, colours()) <= 3
    assert glance(data) == photo.size
    assert codes(photo) == (["converted_deep"] if name == "ten_bit" else [])


def test_a_heic_in_display_p3_becomes_srgb() -> None:
    photo = read((DATA / "display_p3_nclx.heic").read_bytes(), Role.TARGET)
    assert np.abs(photo.pixels.astype(int) - reference(colours(), 255, None, P3)).mean() < 1.5
    assert codes(photo) == ["converted_gamma"]
    assert "Display P3" in str(photo.notices[0])


def test_a_transparent_heic_is_laid_on_white() -> None:
    photo = read((DATA / "transparent.heic").read_bytes(), Role.TARGET)
    assert (photo.pixels[:, :40] == 255).all()
    assert np.abs(photo.pixels[:, 40:].astype(int) - colours()[:, 40:]).max() <= 3
    assert codes(photo) == ["alpha_dropped"]


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.97])
def test_a_heic_cut_short_is_refused(share: float) -> None:
    data = (DATA / "plain.heic").read_bytes()
    assert refusal(data[: int(len(data) * share)]) in ("photo_truncated", "photo_unreadable")


def test_a_heic_beyond_the_limits_is_refused_from_its_header() -> None:
    data = (DATA / "plain.heic").read_bytes()
    assert refusal(data, Limits(max_pixels=7000)) == "photo_too_large"
    assert refusal(data, Limits(min_side=100)) == "photo_too_small"
    assert refusal(data, Limits(max_memory_bytes=1000)) == "photo_too_deep"


def test_avif_of_ten_bits_is_rounded() -> None:
    deep = np.random.default_rng(1).integers(0, 1024, (80, 96, 1)).astype(np.uint16).repeat(3, axis=2)
    options = [cv2.IMWRITE_AVIF_DEPTH, 10, cv2.IMWRITE_AVIF_QUALITY, 100, cv2.IMWRITE_AVIF_SPEED, 9]
    photo = read(cv2.imencode(".avif", deep, options)[1].tobytes(), Role.TARGET)
    stored = np.floor(deep.astype(float) * 255 / 1023 + 0.5).astype(int)
    assert off_by(photo, stored) <= 1


def test_heic_leaves_pillow_as_it_was() -> None:
    read((DATA / "plain.heic").read_bytes(), Role.TARGET)
    Image.init()
    assert "HEIF" not in Image.OPEN


def test_many_threads_read_what_one_does() -> None:
    files = [path.read_bytes() for path in sorted(DATA.glob("*.heic"))] + [
        saved(colours(), "PNG"),
        saved(NOISE, "JPEG"),
    ]
    alone = [read(data, Role.TARGET).pixels for data in files]
    wrong: list[int] = []

    def again() -> None:
        for number, data in enumerate(files):
            if not np.array_equal(read(data, Role.TARGET).pixels, alone[number]):
                wrong.append(number)

    threads = [threading.Thread(target=again) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# a glance, and what decoding may take


def _files() -> dict[str, bytes]:
    made = {format: saved(NOISE, format) for format in ("JPEG", "PNG", "WEBP", "BMP", "AVIF")}
    made["TIFF"] = saved(NOISE, "TIFF")
    return made | {"HEIC": (DATA / "plain.heic").read_bytes(), "lossless": saved(NOISE, "WEBP", lossless=True)}


@pytest.mark.parametrize("name", _files())
def test_a_glance_decodes_nothing(name: str) -> None:
    data = _files()[name]
    broken = bytearray(data)
    kept = len(data) * 3 // 4  # what a decoder would need is gone
    broken[kept:] = bytes(len(data) - kept)
    cut = data[:kept]
    assert glance(bytes(broken)) == glance(cut) == glance(data) == read(data, Role.TARGET).size


def test_what_takes_too_much_memory_is_refused_before_any_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(self: object, remarks: object) -> None:
        raise AssertionError("it was decoded")

    deep = np.zeros((600, 600, 4), np.uint16)
    data = cv2.imencode(".png", deep)[1].tobytes()
    needed = formats.header(data).memory_bytes
    assert needed >= 19 * 600 * 600
    read(data, Role.TARGET, Limits(max_memory_bytes=needed))
    monkeypatch.setattr(header.File, "decode", never)
    assert refusal(data, Limits(max_memory_bytes=needed - 1)) == "photo_too_deep"


@pytest.mark.parametrize("tile", [(65_536, 65_536), (8192, 4096)])
def test_a_tiff_whose_tiles_are_larger_than_any_picture_is_refused(tile: tuple[int, int]) -> None:
    directory = {256: 64, 257: 64, 258: 8, 259: 8, 262: 1, 277: 1, 322: tile[0], 323: tile[1], 324: 8, 325: 8}
    body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in directory.items())
    data = b"II*\0" + struct.pack("<IQH", 16, 0, len(directory)) + body + bytes(4)
    assert refusal(data) == "photo_unreadable"


def test_a_tiff_of_ten_thousand_pages_is_counted_no_further_than_a_hundred() -> None:
    buffer = io.BytesIO()
    page = Image.new("L", (64, 64))
    page.save(buffer, "TIFF", save_all=True, append_images=[page] * 150)
    photo = read(buffer.getvalue(), Role.TARGET)
    assert photo.notices[0].details["frames"] == 101


def test_a_small_one_never_waits_for_large_ones() -> None:
    budget = Budget(total_bytes=1000, small_bytes=100)
    done, go = threading.Event(), threading.Event()
    waiting = threading.Thread(target=lambda: _hold(budget, 700, done))
    with budget.taken(700):
        waiting.start()
        with budget.taken(100), budget.taken(100):
            assert not done.is_set()
            go.set()
    waiting.join()
    assert done.is_set()
    assert go.is_set()


def test_what_is_larger_than_the_budget_is_taken_alone() -> None:
    budget, done = Budget(total_bytes=1000, small_bytes=100), threading.Event()
    with budget.taken(5000):
        other = threading.Thread(target=lambda: _hold(budget, 5000, done))
        other.start()
        assert not done.is_set()
    other.join()
    assert done.is_set()


def _hold(budget: Budget, count: int, done: threading.Event) -> None:
    with budget.taken(count):
        done.set()
