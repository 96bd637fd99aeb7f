"""How far our pictures are from those of the model's own code, and half precision from float32."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import cv2
import numpy as np
import torch

from benchmarks.stock import Stock
from benchmarks.unet import scenes
from benchmarks.unet.bench import Bench, Ours, face_px, psnr, run_stock
from fusion.faces import mesh
from fusion.pipeline import Result
from fusion.types import Precision

PARITY_BAR_DB = 45.0


def parity(bench: Bench, sides: list[int]) -> None:
    """PSNR inside the face and inside all that either mask reaches, in float32; and what differs outside."""
    stock: Stock | None = None
    ours = Ours(bench, Precision.FLOAT32)
    for side in sides:
        width = face_px(side, "large")
        key = f"parity {side}"
        if not bench.wants(key):
            continue
        stock = stock or Stock(bench.folder, bench.device)
        scene = scenes.make(side, width)
        target, points = scene.target.pixels, scene.five_points()[0]
        theirs, result = run_stock(stock, scene), ours.run(scene)
        support = stock.support((side, side), points)
        face = np.zeros((side, side), np.uint8)
        cv2.fillPoly(face, [np.round(scene.target_face.landmarks[list(mesh.OVAL)]).astype(np.int32)], (1,))
        inside = face.astype(bool)
        facts: dict[str, Any] = {"part": "parity", "side": side, "face_px": round(width), "precision": "float32"}
        facts |= {"enhanced": any(cost.stage == "enhance" for cost in result.measurement.stages)}
        facts |= {"psnr_face_db": psnr(result.pixels[inside], theirs[inside], 255)}
        facts |= {"psnr_support_db": psnr(result.pixels[support], theirs[support], 255)}
        facts |= {"largest_difference": int(np.abs(result.pixels.astype(int) - theirs).max())}
        facts |= {"support_px": int(support.sum()), "changed_in_face_db": psnr(target[inside], theirs[inside], 255)}
        for name, picture in (("fusewise", result.pixels), ("stock", theirs)):
            facts[f"{name}_differs_outside_px"] = int(((picture != target).any(-1) & ~support).sum())
        facts["bar_db"] = PARITY_BAR_DB
        print(f"{key}: {facts}", flush=True)
        bench.record(key, facts)
    ours.close()


def precision_error(bench: Bench, side: int = 1024) -> None:
    """Of the generator and the enhancer on the same input, and of the finished picture."""
    scene = scenes.make(side, face_px(side, "large"))
    wanted = [p for p in (Precision.BFLOAT16, Precision.FLOAT16) if bench.wants(f"precision {p}")]
    if not wanted:
        return
    exact = Ours(bench, Precision.FLOAT32)
    with _tapped(exact, scene) as calls:
        reference = exact.run(scene.renamed(source_too=True))
    for wish in wanted:
        # also where the device has no instructions for it: slow there, and the numbers are the same
        with mock.patch("fusion.engines.precision._has", return_value=True):
            coarse = Ours(bench, wish)
            result = coarse.run(scene.renamed(source_too=True))
        facts: dict[str, Any] = {"part": "precision", "precision": wish, "computed_in": result.settings.precision}
        facts |= {"side": side, "notices": [notice.code for notice in result.notices]}
        facts["picture"] = _picture_error(result, reference)
        engine = coarse.engines._unet
        with torch.inference_mode():
            for name, (given, out) in calls.items():
                facts[name] = _network_error(getattr(engine, f"_{name}")(*given), out)
        print(f"{wish}: {facts}", flush=True)
        bench.record(f"precision {wish}", facts)
        coarse.close()
    exact.close()


@contextmanager
def _tapped(ours: Ours, scene: scenes.Scene) -> Iterator[dict[str, tuple[Any, torch.Tensor]]]:
    """While inside, what the two networks are given and answer is written into the dict."""
    ours.run(scene)  # so that they are loaded
    engine = ours.engines._unet
    calls: dict[str, tuple[Any, torch.Tensor]] = {}
    networks = {name: getattr(engine, f"_{name}") for name in ("generator", "enhancer")}

    def tap(name: str, *given: Any) -> torch.Tensor:
        out: torch.Tensor = networks[name](*given)
        calls[name] = (given, out.clone())
        return out

    for name in networks:
        setattr(engine, f"_{name}", lambda *given, name=name: tap(name, *given))
    try:
        yield calls
    finally:
        for name, network in networks.items():
            setattr(engine, f"_{name}", network)


def _network_error(out: torch.Tensor, exact: torch.Tensor) -> dict[str, float | None]:
    """Of answers in -1…1, in grey levels of 255."""
    one, other = ((each.float().clamp(-1, 1) * 127.5).cpu().numpy() for each in (out, exact))
    return {"psnr_db": psnr(one, other, 255), "largest_levels": round(float(np.abs(one - other).max()), 2)}


def _picture_error(result: Result, exact: Result) -> dict[str, float | None]:
    where = exact.region
    part = (slice(where.top, where.top + where.height), slice(where.left, where.left + where.width))
    one, other = result.pixels[part], exact.pixels[part]
    return {"psnr_db": psnr(one, other, 255), "largest_levels": int(np.abs(one.astype(int) - other).max())}
