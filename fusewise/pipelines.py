"""ModelScope's calls, answered by Fusewise: who has `image-face-fusion` changes one line.

>>> from fusewise.pipelines import pipeline
>>> from fusion.photos import samples
>>> fusion = pipeline("image-face-fusion")
>>> template, user = samples.sample_pair()
>>> fusion(dict(template=template, user=user))["output_img"].shape  # as large as the template
(512, 512, 3)

Once this module is imported ModelScope's own `pipeline("image-face-fusion", pipeline_name="fusewise", consent=True)`
finds it as well. ModelScope is neither loaded nor needed for that: this waits until somebody else loads it.

What is different: without a face `NoFace` is raised, where ModelScope's pipeline gives back the template as if it had
been fused. A photo is upright and in sRGB however it is given. No address in a network is asked for a photo.
"""

from __future__ import annotations

import importlib.machinery
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.abc import Loader, MetaPathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np

from fusion import Fused, Settings, fuse, setting_errors
from fusion.errors import Phrase, PhraseCode
from fusion.types import EngineName, Tier
from fusion.weights import catalog, locate

TASK, NAME = "image-face-fusion", "fusewise"
# Nearest to what ModelScope's pipeline does, which has no settings: all of the source, the template's size, no finish.
DROP_IN = Settings(ratio=1.0, output=Tier.ORIGINAL, skin_smoothing=0.0, sharpen=0.0)
OUTPUT_IMG = "output_img"

_MODELS = tuple(f"{owner}/{catalog.UNET.name}" for owner in catalog.UNET.owners)
_BUILDER = "modelscope.pipelines.builder"


class Answer(dict[str, np.ndarray]):
    """`{"output_img": (H, W, 3) uint8 BGR}`.

    Attributes:
        fused: all that is known of it; its `save` writes a file that says where the picture is from, which an array
            cannot.
    """

    def __init__(self, fused: Fused) -> None:
        self.fused = fused
        super().__init__({OUTPUT_IMG: _swapped(fused.pixels)})


class ImageFaceFusion:
    """What ModelScope's `ImageFaceFusionPipeline` is called like.

    Args:
        model: None; or the name on the ModelScope hub of the model that the unet engine runs, or the folder in which
            Fusewise has found it: then that engine fuses, and nothing else.
        settings: every choice; `DROP_IN` if None.
        consent: as of `fusion.fuse`.
        device: "gpu": the card, where there is one that can be used; "cpu".
        others: what ModelScope's builder hands on besides, which means nothing here.
    """

    def __init__(
        self,
        model: object = None,
        *,
        settings: Settings | None = None,
        consent: bool = False,
        device: str | None = "gpu",
        **others: object,
    ) -> None:
        self._model = model
        self._settings = settings or DROP_IN
        self._consent = consent
        self._device = device or "gpu"

    def __call__(self, template: Any, user: Any = None) -> Any:
        """Fuse the user's face into the template.

        Args:
            template: a path, the bytes of a file, a picture of Pillow, or (H, W, 3) or grey (H, W) uint8 BGR; or both
                photos, as `{"template": …, "user": …}`; or a list of these, each of which is fused.
            user: likewise.

        Returns:
            An `Answer`, or a list of them.

        Raises:
            NoFace: there is none in one of the photos.
            PairRefused: the two make no picture, and `settings` do not ask for one anyway.
            SettingsInvalid: another model, or another device, than there is.
            FusionError: whatever else stops it; see `fusion.fuse`.
        """
        if isinstance(template, list):
            return [self(each, user) for each in template]
        if isinstance(template, Mapping):
            template, user = template.get("template"), template.get("user")
        settings = self._chosen()
        device = "cpu" if self._device == "cpu" else "auto"
        return Answer(fuse(_rgb(template), _rgb(user), settings, consent=self._consent, device=device))  # type: ignore[arg-type]

    def check(self) -> None:
        """Refuse what cannot be fused with.

        Raises:
            SettingsInvalid: another model, or another device, than there is.
        """
        self._chosen()

    def _chosen(self) -> Settings:
        """
        Raises:
            SettingsInvalid: as `check`.
        """
        if self._device.partition(":")[0] not in ("gpu", "cuda", "cpu"):
            raise setting_errors.wrong("device", self._device, Phrase(PhraseCode.ONE_OF, {"names": "gpu, cpu"}))
        if self._model is None:
            return self._settings
        if self._model not in _MODELS and not _is_found(self._model):
            raise setting_errors.wrong("model", self._model, Phrase(PhraseCode.ONE_OF, {"names": ", ".join(_MODELS)}))
        return replace(self._settings, engine=EngineName.UNET)


def pipeline(
    task: str = TASK,
    model: object = None,
    *,
    settings: Settings | None = None,
    consent: bool = False,
    device: str | None = "gpu",
    **others: object,
) -> ImageFaceFusion:
    """As `modelscope.pipelines.pipeline`, for the one task that there is here. Arguments as of `ImageFaceFusion`.

    Args:
        task: "image-face-fusion", or with underscores.

    Raises:
        SettingsInvalid: another task, model or device.
    """
    if task.replace("_", "-") != TASK:
        raise setting_errors.wrong("task", task, Phrase(PhraseCode.ONE_OF, {"names": TASK}))
    made = ImageFaceFusion(model, settings=settings, consent=consent, device=device, **others)
    made.check()
    return made


def _rgb(photo: object) -> object:
    """A photo as `fuse` takes it. Arrays are BGR, as OpenCV and ModelScope have them; others are as they are."""
    if not isinstance(photo, np.ndarray) or photo.dtype != np.uint8:
        return photo
    if photo.ndim == 2:
        return cv2.cvtColor(photo, cv2.COLOR_GRAY2RGB)
    return _swapped(photo) if photo.ndim == 3 and photo.shape[2] == 3 else photo


def _swapped(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8, BGR of RGB or the other way round; a new array."""
    return np.ascontiguousarray(pixels[..., ::-1])


def _is_found(model: object) -> bool:
    """Whether it is the folder from which the unet engine takes its weights."""
    if not isinstance(model, str | Path):
        return False
    return Path(model).expanduser().resolve() == locate.status().folder.resolve()


def register(registry: Any) -> None:
    """Have ModelScope find us.

    Args:
        registry: `modelscope.pipelines.builder.PIPELINES`.
    """
    registry.register_module(TASK, module_name=NAME, module_cls=ImageFaceFusion, force=True)


class _Finder(MetaPathFinder):
    """Waits for ModelScope's builder to be imported, and registers with it then."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != _BUILDER:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Registering(spec.loader)
        return spec


class _Registering(Loader):
    """Loads a module as its own loader does, and registers with what it has then."""

    def __init__(self, own: Loader) -> None:
        self._own = own

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._own.exec_module(module)
        register(module.PIPELINES)


if _BUILDER in sys.modules:
    register(sys.modules[_BUILDER].PIPELINES)
else:
    sys.meta_path.insert(0, _Finder())
