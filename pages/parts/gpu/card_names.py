"""What a card is called, so that no two have one name. No Streamlit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.driver import Gpu
from pages.parts.i18n import Words

_NO_DOMAIN = re.compile(r"^0+:")  # nearly every machine has one PCI domain, and its number says nothing


def card_name(say: Words, gpu: Gpu, gpus: Sequence[Gpu]) -> str:
    """Its name; with its number before it where another has the same, and the number alone where it has none."""
    if not gpu.name:
        return say("gpu.nameless", index=gpu.index)
    if sum(other.name == gpu.name for other in gpus) > 1:
        return say("gpu.numbered", index=gpu.index, name=gpu.name)
    return gpu.name


def name_of_uuid(say: Words, uuid: str | None, gpus: Sequence[Gpu]) -> str | None:
    """The same of the card with that UUID, or of which a part has it; None where there is none."""
    for gpu in gpus:
        if uuid is not None and uuid in (gpu.uuid, *(part.uuid for part in gpu.parts)):
            return card_name(say, gpu, gpus)
    return None


def slot(gpu: Gpu) -> str:
    """Where it sits, as short as it says which; empty where the driver does not tell."""
    return _NO_DOMAIN.sub("", gpu.pci_bus_id or "")
