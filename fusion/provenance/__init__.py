"""Where a picture came from: the facts of a job, its recipe, what of it travels in the file, and the one way out.

Every picture that is given to a person leaves by `packed` or `unpacked`, which do what `Leaving` says and what cannot
be left out. What a page shows of a result is made by `small`, which says the same of it. Loads no torch: a result of
the pipeline is handed in.
"""

from __future__ import annotations

from fusion.provenance.job_facts import facts
from fusion.provenance.outgoing import Leaving, Parcel, packed, small, unpacked
from fusion.provenance.recipe import AI_NOTICE, VERSION, dumps, metadata, recipe, recipe_in

__all__ = [
    "AI_NOTICE",
    "VERSION",
    "Leaving",
    "Parcel",
    "dumps",
    "facts",
    "metadata",
    "packed",
    "recipe",
    "recipe_in",
    "small",
    "unpacked",
]
