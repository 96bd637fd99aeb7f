"""What advice must know of photos: their faces are found, and of several of one person the one that suits is chosen.

`given_in` looks at the files and gives a `Given`, whose `pair` `advisor.recommendation` weighs.
"""

from __future__ import annotations

from advisor.given.photos import Given, given_in

__all__ = ["Given", "given_in"]
