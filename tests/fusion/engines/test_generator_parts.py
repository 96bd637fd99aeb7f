"""What makes the generator quicker on a processor changes nothing of what it computes."""

from __future__ import annotations

import pytest
import torch
from modelscope.models.cv.image_face_fusion.network.aad_layer import AAD_ResBlk
from torch import nn

from fusion.engines.unet.networks import generator, matrix


def as_defined(x: torch.Tensor) -> torch.Tensor:
    variance, mean = torch.var_mean(x.double(), dim=1, keepdim=True)
    return (x.double() - mean) / torch.sqrt(variance + 1e-5)


@pytest.mark.parametrize("channels", [3, 64, 1024])
@pytest.mark.parametrize(("dtype", "allowed"), [(torch.float32, 1e-5), (torch.bfloat16, 2e-2)])
def test_each_pixel_is_normalised_over_its_channels_as_a_sample(
    channels: int, dtype: torch.dtype, allowed: float
) -> None:
    torch.manual_seed(channels)
    x = (3 + 2 * torch.randn(1, channels, 20, 12)).to(dtype, memory_format=torch.channels_last)
    found = generator._normal(x)
    assert (found.dtype, found.shape) == (dtype, x.shape)
    assert found.is_contiguous(memory_format=torch.channels_last)
    assert torch.allclose(found.double(), as_defined(x), atol=allowed)


@pytest.mark.parametrize("height", [64, 129, 131, 192])
def test_a_block_made_in_strips_is_the_block_made_whole(height: int, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(7)
    block = generator.Block(AAD_ResBlk(16, 8, 16, 512).eval())
    x, attribute = torch.randn(1, 16, height, 24), torch.randn(1, 16, height, 24)
    strips: list[tuple[int, int]] = []
    made = generator.Steering._rows

    def counted(self: generator.Steering, *given: torch.Tensor | int) -> torch.Tensor:
        strips.append((int(given[-2]), int(given[-1])))
        return made(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(generator.Steering, "_rows", counted)
    with torch.inference_mode():
        found = block(x.clone(), attribute, torch.randn(1, 512, generator=torch.Generator().manual_seed(1)))
        assert max(end - first for first, end in strips) <= 64
        monkeypatch.setattr(generator, "_PROCESSORS_ROWS", height)
        whole = block(x.clone(), attribute, torch.randn(1, 512, generator=torch.Generator().manual_seed(1)))
    assert strips[-1] == (0, height)
    assert torch.allclose(found, whole, atol=1e-5)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("transposed", [False, True])
def test_a_product_is_the_convolution(stride: int, transposed: bool) -> None:
    torch.manual_seed(3)
    kind = nn.ConvTranspose2d if transposed else nn.Conv2d
    convolution = kind(256, 512, 4, stride, 1).requires_grad_(False)
    product = matrix.small_maps(convolution)
    assert isinstance(product, matrix.TransposedProduct if transposed else matrix.Product)
    x = torch.randn(1, 256, 8, 6)
    wanted = convolution(x)
    for given in (x, x.contiguous(memory_format=torch.channels_last)):
        assert torch.allclose(product(given), wanted, atol=1e-4)
    assert float(wanted.std()) > 0.1
