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
            "The picture holds the detail of one {factor:.1f}× smaller: it was enlarged.",
            "Fuse at {size} instead: the target photo has the detail for it.",
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
            "The skin has lost its texture: {percent:.0f} % of what the photos have is left.",
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
        "border_shows": (
            "An edge shows around the face: {jump:.1f} ΔE at the {where}.",
            "Set brightness, contrast and saturation to 0, or use the mode blend.",
        ),
        "colour_step": (
            "The face has another colour than the photo: ΔE {colour:.1f}.",
            "Fuse with colours matched.",
        ),
        "exposure_step": (
            "The face is {stops:.1f} stops {lightness} than the photo.",
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
        # what looks wrong within the face
        "looks_patched": (
            "A patch of another tone shows: {where}.",
            "Take another photo of the source: in even light, with neither hair nor hard shadows on the face.",
        ),
        "looks_uneven": (
            "One half of the face is darker or paler than the other: {where}.",
            "Take another photo of the source, lit from the front.",
        ),
        "looks_black_eyed": (
            "One eye is much darker or paler than the other: {where}.",
            "Take another photo of the source with both eyes free of hair and shadow.",
        ),
        "looks_cut": (
            "An edge shows in the skin: {where}.",
            "Set brightness, contrast and saturation to 0 or use the mode blend; else take another source photo.",
        ),
        "looks_ghostly": (
            "Glasses or strands of hair show through, half gone: {where}.",
            "Take photos without glasses and with the face free of hair.",
        ),
        "looks_smeared": (
            "Skin is smeared out of a side that the source hardly shows: {where}.",
            "Take a photo of the source in which the head is turned like the target's.",
        ),
        "looks_ashen": (
            "The face is ashen: fainter than in the photos, or too dark or too pale ({where}).",
            "Take a photo of the source with skin and light like the target's.",
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
            "Either the tool that made it found no face, or both photos show the same one. Fuse the photos here, or "
            "take another source photo.",
        ),
        "other_face": (
            "The {role} photo has {count} faces, and the largest one was used.",
            "Choose the face.",
        ),
        "unlike_ratio": (
            "The result is not like its source ({cosine:.2f}, the same person from {least:.2f}): at a ratio of "
            "{ratio:.2f} part of the face stays the target's.",
            "Raise the ratio.",
        ),
        "unlike_mirror": (
            "The result is not like its source ({cosine:.2f}, the same person from {least:.2f}): the source looks to "
            "the other side, {degrees:.0f}° away, and {mirrored:.0f}° once it is mirrored.",
            "Let the source be mirrored.",
        ),
        "unlike_pose": (
            "The result is not like its source ({cosine:.2f}, the same person from {least:.2f}): the heads are turned "
            "{degrees:.0f}° apart.",
            "Take a source photo from the target's angle.",
        ),
        "unlike_soft": (
            "The result is not like its source ({cosine:.2f}, the same person from {least:.2f}): the source's face is "
            "not sharp, {source_px:.0f} px wide and blurred by {blur:.2f}.",
            "Take a sharper, larger photo of the face.",
        ),
        "unlike_engine": (
            "The result is not like its source ({cosine:.2f}, the same person from {least:.2f}): the unet engine draws "
            "the face anew.",
            "Fuse with the landmark engine, which takes the face from the photo.",
        ),
        "unlike_source": (
            "The result is not like its source ({cosine:.2f}, the same person from {least:.2f}).",
            "Take another photo of this person: from the front, the face free, in even light.",
        ),
        # slow, stuck, timed out: advisor.health.checkup
        "file_large": (
            "The file is {megabytes:.1f} MiB: over {limit_megabytes:g} MiB it is slow to send and to read.",
            "Save it as JPEG at quality 90, or scale it down.",
        ),
        "worker_cold": (
            "The process that computes is still starting.",
            "Wait some seconds: it takes longer the first time.",
        ),
        "worker_dead": (
            "Nothing computes here, and {waiting} jobs wait.",
            "Restart the worker, or start Fusewise where none is running; the reason is in the terminal.",
        ),
        "worker_died": (
            "{count} jobs of the last {hours:.0f} hours lost the process that computed them, last job {number}.",
            "Run it again at a smaller size; restart the worker if it happens again.",
        ),
        "memory_held": (
            "{name} (pid {pid}) holds {held_gib:.1f} of {total_gib:.1f} GiB on {device}: "
            "{left_gib:.1f} GiB are left for jobs.",
            "Close that program if you do not need it. Fusewise ends no process but its own.",
        ),
        "memory_tight": (
            "{percent:.0f} % of the memory on {device} is taken: {left_gib:.1f} GiB are left for jobs.",
            "Give back what the worker keeps, close other programs, or choose a smaller size.",
        ),
        "out_of_memory": (
            "Memory ran out in {count} jobs of the last {hours:.0f} hours: {stepped} went on with less, "
            "{on_processor} of them on the processor, and {failed} failed.",
            "Give back what the worker keeps, close other programs, or choose a smaller size.",
        ),
        "leftover_worker": (
            "A process of a Fusewise that has ended still runs ({name}, pid {pid}) and holds {held_gib:.1f} GiB.",
            "End it: nobody uses it.",
        ),
        "second_app": (
            "Another Fusewise runs on this machine ({name}, pid {pid}): both keep their networks in memory.",
            "Close one of the two.",
        ),
        "on_processor": (
            "Jobs are computed on the processor, though there is {device}. {message}",
            "{remedy} Then restart the worker.",
        ),
        "torch_without_cuda": (
            "There is {device}, but the installed PyTorch was built without CUDA: jobs are computed on the processor.",
            "Install the CUDA build of PyTorch: run `{command}`.",
        ),
        "torch_without_code": (
            "The installed PyTorch, built for CUDA {torch_cuda}, has no code for {device} (compute capability "
            "{capability}): nothing is computed on it.",
            "Run `{command}`, which takes a PyTorch that runs on this machine's cards, and start Fusewise again.",
        ),
        "driver_old": (
            "The driver {driver} of {device} runs CUDA up to {driver_cuda}; the installed PyTorch was built for "
            "CUDA {torch_cuda}.",
            "Install a newer driver, or run `{command}`: it takes a PyTorch that older drivers run, if there is one.",
        ),
        "driver_broken": ("{message}", "{remedy}"),
        "queue_long": (
            "{waiting} jobs wait, and {running} are being computed.",
            "Wait, or cancel what is no longer needed.",
        ),
        "cores_taken": (
            "Other programs keep {others_cores:.1f} of {ready_cores} cores busy: fusions take about {times:.1f}× as "
            "long.",
            "Close what computes beside Fusewise, or let it run at another time.",
        ),
        "disk_full": (
            "The disk with the jobs and their results has {free_gib:.2f} of {total_gib:.0f} GiB free.",
            "Remove files there, or delete jobs in the history.",
        ),
        "limited": (
            "Of this machine's {machine_cores} cores and {machine_gib:.1f} GiB of memory Fusewise may use "
            "{cores:.1f} and {memory_gib:.1f} GiB.",
            "Raise the container's limits, or those that were set before Fusewise was started.",
        ),
        "card_held_back": (
            "{device} holds itself back for heat or power: it runs at {clock_mhz} of {clock_max_mhz} MHz.",
            "See to its cooling and its power supply, and wait until it has cooled.",
        ),
        "timed_out": (
            "{count} jobs of the last {hours:.0f} hours took longer than they may, last job {number}.",
            "Choose a smaller size, or raise FUSEWISE_JOB_TIMEOUT_S.",
        ),
        "disk_silent": (
            "The disk of the data folder does not answer: jobs and results cannot be reached.",
            "If it is a network share, see that its server runs and that it is mounted; then start Fusewise again.",
        ),
        "processes_silent": (
            "The system does not finish its list of processes: what else runs, and who holds memory, is not known.",
            "Some process hangs in a driver or on a network share. If it lasts, restart the machine.",
        ),
        "check_missing": (
            "Others are served here, photos are checked for nudity before they are fused, and what checks them is not "
            "installed: nothing is fused.",
            "Install it: `make refusal`, or `pip install -r requirements-refusal.txt`; no restart is needed. Or set "
            "FUSEWISE_REFUSAL=off, and answer for what is fused.",
        ),
        "unsigned": (
            "Results are to be signed and cannot be, so that none is given out. {why}",
            "Mend what FUSEWISE_C2PA_CERT and FUSEWISE_C2PA_KEY name (docs/signing.md), or unset both.",
        ),
        "database": (
            "The database of the jobs cannot be used: {why}.",
            "See that the disk is not full and that this user may write in the data folder, then try again.",
        ),
    }
)
