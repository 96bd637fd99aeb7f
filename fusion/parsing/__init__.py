"""Face parsing: what is where on one face of one photo, without a network.

Needs numpy and OpenCV. `parse` looks at a small upright cut-out and answers with a `FaceMap`: skin, hair, beard,
glasses, covers, hard shadows and burnt highlights; `Maps` remembers it. `kept` has what stands before the face pixel by
pixel. A `Silhouette` (who has one) tells the person
from the background.
"""

from __future__ import annotations

from fusion.parsing.cache import Maps
from fusion.parsing.face_map import FaceMap, GlassesWorn
from fusion.parsing.fine import kept
from fusion.parsing.parser import parse
from fusion.parsing.silhouette import Segmenter, Segments, Silhouette

__all__ = ["FaceMap", "GlassesWorn", "Maps", "Segmenter", "Segments", "Silhouette", "kept", "parse"]
