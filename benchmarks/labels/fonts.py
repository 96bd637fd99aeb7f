"""Makes `fusion/labels/fonts`: two fonts that hold the letters of the visible label and nothing else.

    python -m benchmarks.labels.fonts 'Archivo[wdth,wght].ttf' NotoSansCJK-Bold.ttc

Archivo is in the PyPI package fontpkg-archivo 2.1, the other one in Debian's fonts-noto-cjk 1:20220127; both are under
the SIL Open Font License 1.1. What is made is a modified version of them: under the same licence, and under a name of
its own. Latin letters are Archivo's, narrow, since the whole label grows with its smallest letter; the Han letters are
those of Noto Sans CJK SC, made about as high as the capitals beside them.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.misc.transform import Identity, Transform
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

from fusion.labels import Label

FOLDER = Path(__file__).resolve().parents[2] / "fusion" / "labels" / "fonts"
UNITS = 1000  # of an em, in both fonts and in what is made
SIMPLIFIED = 2  # which font of the collection has the forms of the mainland
LATIN = {Label.EN: {"wght": 600, "wdth": 62}, Label.ZH: {"wght": 660, "wdth": 88}}
HAN = Transform(0.80, 0, 0, 0.80, 20, 27)  # 生 is as high as A and a twentieth of that more, and in the middle of it
ERROR = 0.5  # units by which a quadratic curve may leave the cubic one
MADE = 3_850_000_000  # seconds since 1904, so that the same input makes the same bytes
NAME = "Fusewise Label"
COPYRIGHT = (
    "Copyright 2020 The Archivo Project Authors (https://github.com/Omnibus-Type/Archivo). "
    "Copyright 2014-2021 Adobe (http://www.adobe.com/). Modified by the Fusewise contributors, 2026."
)
LICENCE = "This Font Software is licensed under the SIL Open Font License, Version 1.1."


@dataclass(frozen=True, slots=True, eq=False)
class Letters:
    """A font that letters are taken from, and what is done to them."""

    font: TTFont
    change: Transform

    def drawn(self, letter: str) -> tuple[Any, int]:
        """The outline of a letter in quadratic curves, and its advance, units."""
        glyphs, name = self.font.getGlyphSet(), self.font.getBestCmap()[ord(letter)]
        pen = TTGlyphPen(None)
        # curves of PostScript run the other way round than those of TrueType
        quadratic = Cu2QuPen(pen, ERROR, reverse_direction="glyf" not in self.font)
        glyphs[name].draw(TransformPen(quadratic, self.change))
        return pen.glyph(), round(glyphs[name].width * self.change[0] + 2 * self.change[4])


def made(label: Label, archivo: Path, noto: Path) -> TTFont:
    """The font of one label."""
    latin = instantiateVariableFont(TTFont(archivo), LATIN[label])
    sources = (Letters(latin, Identity), Letters(TTFont(noto, fontNumber=SIMPLIFIED), HAN))
    drawn = {letter: sources[not letter.isascii()].drawn(letter) for letter in sorted(set(label.text))}
    return _built(drawn, f"{NAME} {label.name}")


def _built(drawn: Mapping[str, tuple[Any, int]], family: str) -> TTFont:
    box, width = TTGlyphPen(None).glyph(), UNITS // 2
    names = {letter: f"uni{ord(letter):04X}" for letter in drawn}
    builder = FontBuilder(UNITS, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap({ord(letter): name for letter, name in names.items()})
    builder.setupGlyf({".notdef": box, **{names[letter]: glyph for letter, (glyph, _) in drawn.items()}})
    bearings = builder.font["glyf"]
    advances = {".notdef": width, **{names[letter]: advance for letter, (_, advance) in drawn.items()}}
    builder.setupHorizontalMetrics({name: (advance, bearings[name].xMin) for name, advance in advances.items()})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    said = {"copyright": COPYRIGHT, "familyName": family, "styleName": "Bold", "licenseDescription": LICENCE}
    unique = {"uniqueFontIdentifier": family, "fullName": family, "psName": family.replace(" ", "") + "-Bold"}
    builder.setupNameTable({**said, **unique, "licenseInfoURL": "https://openfontlicense.org"})
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120, usWeightClass=700)
    builder.setupPost(keepGlyphNames=False)
    builder.updateHead(created=MADE, modified=MADE)
    return builder.font


def main() -> None:
    """Write both fonts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("archivo", type=Path, help="Archivo[wdth,wght].ttf")
    parser.add_argument("noto", type=Path, help="NotoSansCJK-Bold.ttc")
    given = parser.parse_args()
    for label in Label:
        path = FOLDER / f"{label}.ttf"
        made(label, given.archivo, given.noto).save(path)
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
