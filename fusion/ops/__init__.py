"""Torch image operations shared by all engines.

Conventions: images are (C, H, W) float32 on any device; Lab is CIE L*a*b* (D65) with L in 0…100; masks are
(1, H, W) in 0…1; a map is (2, H, W), x then y, in px with pixel edges at whole numbers (centres at +0.5).
"""
