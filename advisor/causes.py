"""Each cause as a sentence: code → what is so, in English, and what to do. Pages translate by the codes. Pure.

The first sentence names values of the finding's evidence, the second one too.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # blurry
        "source_small": (
            "The source's face is {source_px:.0f} px wide and {output_px:.0f} px in the result: "
            "enlarged {factor:.1f}×.",
            "Fuse at a size that the source's face fills, or take a larger photo of it.",
        ),
        "enlarged": (
            "The picture holds the detail of one {factor:.1f}× smaller: it was enlarged after the fusion.",
            "Fuse at this size instead, in two stages where the face is large.",
        ),
        "downgraded": (
            "Memory ran out, and the job went on with less: {steps}.",
            "Free memory, and run it again as it was asked for.",
        ),
        "source_blurred": (
            "The source's face is blurred: {blur:.2f}, where sharp faces have up to {sharp:.2f}.",
            "Take a sharper photo of the face.",
        ),
        "target_blurred": (
            "The target is blurred itself: {blur:.2f}, where sharp faces have up to {sharp:.2f}.",
            "Take a sharper photo, or fuse at a smaller size.",
        ),
        "face_small": (
            "The face is {face_px:.0f} px wide in the result: below {least_px:.0f} px there is no room for detail.",
            "Crop the photo to the face, or fuse at a larger size.",
        ),
        "over_smoothed": (
            "The skin has lost its texture: {percent:.0f} % of what the target has, while the features are sharp.",
            "Lower the skin smoothing.",
        ),
        "stretched": (
            "The picture is stretched: {factor:.2f} times as wide for its height as the target.",
            "Keep the photo's own shape, or crop to the other one.",
        ),
        "source_compressed": (
            "The source shows the blocks of strong JPEG compression: {blockiness:.2f} (1 is none).",
            "Take the photo as the camera saved it, not as a messenger sent it.",
        ),
        "result_compressed": (
            "The result was saved with strong JPEG compression: blocks of {blockiness:.2f} (1 is none).",
            "Save it as PNG, or with a higher quality.",
        ),
        "face_soft": (
            "The face is softer than the photo around it: {percent:.0f} % of its sharpness.",
            "Sharpen the face, or take a sharper source.",
        ),
        # seams
        "mask_hard": (
            "The face begins abruptly: within {width_px:.1f} px, with a jump of {jump:.1f} ΔE at the {where}.",
            "Use the mode blend, which has the softest border.",
        ),
        "colour_step": (
            "The face has another colour than the photo: ΔE {colour:.1f}.",
            "Fuse with colours matched.",
        ),
        "exposure_step": (
            "The face is {stops:+.1f} stops brighter or darker than the photo.",
            "Fuse with its light matched.",
        ),
        "mode_unlike_light": (
            "The light on the two faces differs and the mode is normal, which keeps the source's.",
            "Use the mode overlay, which keeps the target's light and shade.",
        ),
        "smoothing_outside": (
            "Skin smoothing is {smoothing:.1f}: the face's skin and the skin around it differ.",
            "Set it between 0.4 and 0.6.",
        ),
        "heads_apart": (
            "The heads are turned {degrees:.0f}° apart: over {limit:.0f}° what one photo does not show is missing.",
            "Take a source photo from the target's angle.",
        ),
        "light_apart": (
            "The light comes from opposite sides.",
            "Take a source photo in like light, or the mode overlay.",
        ),
        "covered": (
            "{percent:.0f} % of the {role} face is covered: by hair, glasses, a hand.",
            "Take a photo with the face free.",
        ),
        "grain_differs": (
            "The face's grain is {factor:.1f} times that of the photo around it.",
            "Take a source with less noise, or smooth the skin.",
        ),
        # no face, nothing changed, the wrong person
        "no_face": (
            "No face was found in the {role} photo.",
            "Take a photo with a face that looks at the camera, free and lit.",
        ),
        "face_tiny": (
            "The face in the {role} photo is {face_px:.0f} px wide: too small to find its features.",
            "Crop the photo to the face, or take a larger one.",
        ),
        "face_turned": (
            "The face in the {role} photo is turned away or covered.",
            "Take a photo from the front.",
        ),
        "face_dark": (
            "The {role} photo is too dark: L {luminance:.0f} of 100.",
            "Brighten it, or take another one.",
        ),
        "ratio_low": (
            "The ratio is {ratio:.2f}: at most {ratio:.0%} of the source's face is asked for.",
            "Raise the ratio.",
        ),
        "unchanged": (
            "Within the face the result equals the target: ΔE {change:.1f}.",
            "The tool that made it has found no face, and said nothing. Fuse the photos here.",
        ),
        "other_face": (
            "The {role} photo has {count} faces, and the largest one was used.",
            "Choose the face.",
        ),
        # slow, stuck, timed out: advisor.doctor
    }
)
