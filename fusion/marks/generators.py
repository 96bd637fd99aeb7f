"""Programs that make pictures, told by what they leave in files: texts of their own, or their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# Keyword of a text, what it holds, and who writes that.
_TEXTS = (
    ("parameters", re.compile(r'"sui_image_params"'), "SwarmUI"),
    ("parameters", re.compile(r"\bSteps: ?\d+, "), "Stable Diffusion WebUI"),
    ("UserComment", re.compile(r'"sui_image_params"'), "SwarmUI"),
    ("UserComment", re.compile(r"\bSteps: ?\d+, "), "Stable Diffusion WebUI"),
    ("prompt", re.compile(r'"class_type"'), "ComfyUI"),
    ("workflow", re.compile(r'"nodes"|"class_type"'), "ComfyUI"),
    ("Make", re.compile(r"workflow:|prompt:"), "ComfyUI"),
    ("ImageDescription", re.compile(r"^(?:Workflow|workflow|Prompt|prompt): ?\{"), "ComfyUI"),
    ("invokeai_metadata", re.compile(""), "InvokeAI"),
    ("invokeai_graph", re.compile(""), "InvokeAI"),
    ("sd-metadata", re.compile(""), "InvokeAI"),
    ("Dream", re.compile(" -s ?[0-9]+"), "InvokeAI"),
    ("fooocus_scheme", re.compile(""), "Fooocus"),
    ("Description", re.compile(r"Job ID: [0-9a-f-]{36}"), "Midjourney"),
)
# Where a program writes its name, and whose names are those of generators.
_NAMED_IN = frozenset({"Software", "CreatorTool", "Credit", "Source", "Author", "Artist", "Make"})
_NAMES = re.compile(
    r"\b(Midjourney|DALL[-·.]?E|OpenAI|ChatGPT|Adobe Firefly|Google AI|Stable Diffusion|NovelAI|ComfyUI|InvokeAI"
    r"|Fooocus|SwarmUI|Ideogram|Leonardo\.Ai|Draw Things|DiffusionBee|Recraft|FaceFusion|Deep-Live-Cam)\b",
    re.IGNORECASE,
)
_PROGRAMS_IN = frozenset({"Software", "CreatorTool"})
_PROGRAMS = re.compile(r"\broop\b", re.IGNORECASE)  # a person's name too, where persons are named
_LOOKED_AT = 64 * 1024  # characters of a text; whoever writes there says so at its beginning


def named(texts: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The programs that texts, each with its keyword, are from; each once."""
    return tuple(dict.fromkeys(name for key, text in texts for name in _of(key, text[:_LOOKED_AT])))


def _of(key: str, text: str) -> Iterator[str]:
    # The first that fits: what says more of itself stands before what it is made from.
    own = next((name for word, holds, name in _TEXTS if word == key and holds.search(text)), None)
    if own is not None:
        yield own
    if key in _NAMED_IN and (found := _NAMES.search(text)):
        yield found[0]
    if key in _PROGRAMS_IN and (found := _PROGRAMS.search(text)):
        yield found[0]
