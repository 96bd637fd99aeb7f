"""The English of errors about photos, faces and settings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fusion.errors.reasons import Reason, Sentence

PHOTOS: Mapping[Reason, Sentence] = MappingProxyType(
    {
        # photos
        Reason.PHOTO_EMPTY: Sentence(
            "The file is empty.", "Choose the photo again; if it stays empty, export it once more."
        ),
        Reason.PHOTO_UNREADABLE: Sentence(
            "This is not a photo that can be read.", "Use a JPEG, PNG, WebP, HEIC, AVIF, TIFF or BMP file."
        ),
        Reason.PHOTO_FORMAT: Sentence(
            "{format} files are not accepted.",
            "Save the photo as JPEG, PNG, WebP, HEIC, AVIF, TIFF or BMP and choose it again.",
        ),
        Reason.PHOTO_TRUNCATED: Sentence(
            "The file is damaged or cut short.", "Copy or download it again from where it came; part of it is missing."
        ),
        Reason.PHOTO_TOO_HEAVY: Sentence(
            "The file is {megabytes:.1f} MiB; the limit is {limit_megabytes:g} MiB.",
            "Save it as JPEG at quality 90, or raise FUSEWISE_MAX_UPLOAD_MB.",
        ),
        Reason.PHOTO_TOO_LARGE: Sentence(
            "The photo is {width}×{height} ({megapixels:.1f} megapixels); the limit is {limit_megapixels:g}.",
            "Scale it down first: more pixels than that do not make the face better.",
        ),
        Reason.PHOTO_BOMB: Sentence(
            "The file claims more than {megapixels:.0f} megapixels; the limit is {limit_megapixels:g}.",
            "Scale it down first: more pixels than that do not make the face better.",
        ),
        Reason.PHOTO_TOO_DEEP: Sentence(
            "The photo unpacks to {megabytes:.0f} MiB; the limit is {limit_megabytes:g} MiB.",
            "Save it with 8 bits per channel and without transparency, or scale it down first.",
        ),
        Reason.PHOTO_TOO_SMALL: Sentence(
            "The photo is {width}×{height} pixels; each side must be at least {limit}.",
            "Use a larger original rather than an enlarged copy.",
        ),
        Reason.PHOTO_COLOUR: Sentence(
            "The colours of this photo are in a form that cannot be converted ({mode}).",
            "Save it as an RGB JPEG or PNG and choose it again.",
        ),
        Reason.PHOTO_KIND: Sentence(
            "This cannot be taken as the {role} photo: {what}.",
            "Give the path of a file, its bytes, a picture of Pillow, or an array (height, width, 3) of uint8 in RGB.",
        ),
        # faces
        Reason.NO_FACE: Sentence(
            "No face was found in the {role} photo.",
            "Use a photo in which the face is at least 40 pixels wide, lit and uncovered.",
        ),
        Reason.FACE_TURNED: Sentence(
            "There is a face in the {role} photo, but it is turned away or covered.",
            "Use a photo in which both eyes, the nose and the mouth can be seen.",
        ),
        Reason.GLASSES_STAY: Sentence(
            "The target wears glasses that cannot be taken off whole: their arms would be left in the air.",
            'Set glasses to "target" or "auto", or use a photo of the target without glasses.',
        ),
        Reason.GLASSES_CUT: Sentence(
            "The source's glasses cannot come along whole: their lenses are dark, or part of the frame is hidden.",
            'Set glasses to "auto" or "none", or use a photo that shows the frame from end to end.',
        ),
        Reason.FACE_INDEX: Sentence(
            "Face {index} was asked for, but the {role} photo has {count}.",
            "Choose one of the faces marked on the photo, counting from 0, from left to right.",
        ),
        Reason.FACE_ELSEWHERE: Sentence(
            "No face of the {role} photo is where the chosen one is said to be, around {x:.0f}, {y:.0f} px.",
            "Choose the face again, or take the photo in which it was chosen.",
        ),
        Reason.SOURCE_INDEX: Sentence(
            "Source photo {index} was asked for, but there are {count}.",
            "Choose one of the source photos, counting from 0, or leave the choice to auto.",
        ),
        Reason.SOURCES_TOO_MANY: Sentence(
            "There are {count} source photos; {limit} is the most.", "Leave out those that show the face least well."
        ),
        Reason.FACE_MAPPED_TWICE: Sentence(
            "Face {face} of the target is given two sources.",
            'Name each face once, from 0, from left to right; "all" stands alone.',
        ),
        Reason.MAP_AND_CHOICE: Sentence(
            "The map says already whose face comes where: {key} cannot be chosen beside it.",
            "Leave out {key}, or the map.",
        ),
        Reason.MAP_FACELESS: Sentence(
            "Source photo {number} shows no face that can be used.",
            "Give the face another photo, in which both eyes, the nose and the mouth can be seen.",
        ),
        Reason.MAP_REFUSED: Sentence(
            "Source photo {number} and the face it is meant for will make no picture: {why}",
            "{help} Or leave that face as it is. "
            '--anyway (in Python anyway=True), or the tick "Fuse anyway" on the page, fuses it nevertheless.',
        ),
        Reason.FACE_BY_SIZE: Sentence(
            "A face of the {role} photo was chosen by its rank in size, and another one is about as large.",
            "Choose the face again.",
        ),
        Reason.PAIR_REFUSED: Sentence(
            "This pair will make no picture: {why}",
            '{help} --anyway (in Python anyway=True), or the tick "Fuse anyway" on the page, fuses it nevertheless.',
        ),
        # what photos show, and who agreed
        Reason.CONSENT_MISSING: Sentence(
            "Nobody has said that the people in these photos agreed.",
            "Fuse photos of yourself, or of people who were told of this and agreed, and say so by consent=True "
            "(consent: true over HTTP): it is written into the recipe and logged. Without that it can hurt them, and "
            "is unlawful in many places.",
        ),
        Reason.PHOTOS_REFUSED: Sentence(
            "One of the photos seems to show nudity. They are not fused.",
            "Choose other photos. Where the check is wrong, tell whoever runs this Fusewise. RESPONSIBLE_USE.md says "
            "what it is not for.",
        ),
        Reason.CHECK_MISSING: Sentence(
            "Photos are checked for nudity before they are fused here, and what checks them is not installed.",
            "Whoever runs this Fusewise installs it: `make refusal`, or `pip install -r requirements-refusal.txt`; no "
            "restart is needed. Or they set FUSEWISE_REFUSAL=off, and answer for what is fused.",
        ),
        # settings and tokens
        Reason.SETTING_UNKNOWN: Sentence(
            "There is no setting called {key}.", "Remove it, or correct its name: {known}."
        ),
        Reason.SETTING_VALUE: Sentence("{key} is {value}; it must be {allowed}.", "Change {key} to {allowed}."),
        Reason.TOKEN_WEAK: Sentence(
            "{key} cannot be used: a token has 16 to 256 letters, digits and signs, and no blanks.",
            'Set a longer one, as from `python -c "import secrets; print(secrets.token_urlsafe(32))"`, or unset {key}.',
        ),
        Reason.TOKENS_ALIKE: Sentence(
            "FUSEWISE_TOKEN and FUSEWISE_GUEST_TOKEN are the same.",
            "Set two different ones: the first makes its holder the administrator.",
        ),
        Reason.SETTING_NOT_JSON: Sentence(
            "The settings are not valid JSON.", "Import a recipe or a settings file saved by Fusewise."
        ),
        Reason.SETTINGS_TOO_LARGE: Sentence(
            "The settings file is {megabytes:.1f} MiB; the limit is {limit_megabytes:g} MiB.",
            "Check that it is the right file: a recipe or a settings file has some kilobytes.",
        ),
        Reason.PRESET_NAME: Sentence(
            "That is no name for a preset.", "Give it a name of up to {limit} characters, on one line."
        ),
        Reason.PRESET_TAKEN: Sentence(
            'There is a preset called "{name}" already.', "Overwrite it, or choose another name."
        ),
        Reason.PRESETS_TOO_MANY: Sentence(
            "There are {limit} presets of your own, which is as many as there can be.", "Delete one of them first."
        ),
    }
)
