"""Numbers in, advice out: how to fuse two photos on this machine, what that takes, and what is wrong with a result.

It loads neither torch nor Streamlit, and computes no picture. The six questions that one can ask it lie at this door;
each is loaded when it is first asked for. What goes in and comes out of them is in the packages below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fusion import lazy_imports

if TYPE_CHECKING:
    from advisor.diagnosis import diagnose
    from advisor.forecast import predict
    from advisor.health import doctor
    from advisor.quality import examine
    from advisor.recommendation import judge, recommend

__all__ = ["diagnose", "doctor", "examine", "judge", "predict", "recommend"]

__getattr__ = lazy_imports.door(
    __name__,
    {
        "diagnose": "advisor.diagnosis",
        "doctor": "advisor.health",
        "examine": "advisor.quality",
        "judge": "advisor.recommendation",
        "predict": "advisor.forecast",
        "recommend": "advisor.recommendation",
    },
)
