"""The English of errors about what programs ask over HTTP. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fusion.errors.reasons import Reason, Sentence

REQUESTS: Mapping[Reason, Sentence] = MappingProxyType(
    {
        Reason.REQUEST_UNREADABLE: Sentence(
            "The body of the request cannot be read: {why}.",
            "Send a JSON object, or a form (multipart/form-data) with a boundary.",
        ),
        Reason.REQUEST_KIND: Sentence(
            "A body of the kind {format} is not taken here.",
            "Send application/json, or a form as multipart/form-data.",
        ),
        Reason.REQUEST_TOO_HEAVY: Sentence(
            "The request has {megabytes:.1f} MiB; at most {limit_megabytes:g} MiB are taken.",
            "Send smaller photos: they are reduced anyway where the result is smaller.",
        ),
        Reason.REQUEST_FIELD: Sentence("The field {name} is missing, or wrong.", "It must be {allowed}."),
        Reason.REQUEST_FIELD_UNKNOWN: Sentence("There is no field {name} here.", "Those that there are: {known}."),
        Reason.REQUEST_ADDRESS: Sentence(
            "The field {name} holds an address. Nothing is fetched from addresses here.",
            "Send the photo itself: as a file of a form, or in JSON as a data URI (data:image/png;base64,…).",
        ),
        Reason.REQUEST_ADDRESS_REFUSED: Sentence(
            "The field {name} holds an address that is not asked from here.",
            "Name a photo by http or https, on the usual port, at an address of the public internet; or send it.",
        ),
        Reason.REQUEST_ADDRESS_UNREACHED: Sentence(
            "The photo that the field {name} names cannot be fetched: {why}.",
            "See whether the address shows it to everybody, or send the photo itself.",
        ),
        Reason.TOO_BUSY: Sentence(
            "Too much is going on at once.", "Ask again in {seconds} s: nothing was begun, and nothing is lost."
        ),
        Reason.KEY_REUSED: Sentence(
            "This Idempotency-Key came before, with another request.",
            "Take a new key for each request, and the same one to ask again for the same.",
        ),
        Reason.NOT_DONE: Sentence(
            "There is no result of this, or not yet.", "Ask for its state, and for the result once it has succeeded."
        ),
        Reason.NOTHING_FITS: Sentence(
            "Nothing that is asked for fits into the memory there is.",
            "Ask for a smaller output, leave more to be chosen, or free memory; the advice says what each way takes.",
        ),
        Reason.TOKEN_WANTED: Sentence(
            "A token is needed here.",
            "Send Authorization: Bearer and the token. Whoever runs this Fusewise has it: it is printed at start.",
        ),
        Reason.VISITOR_UNKNOWN: Sentence(
            "Several people use this server, and nobody can tell whose this would be.",
            "Send a cookie fusewise_visitor of 32 random digits from 0 to f and keep it; or the administrator's token.",
        ),
        Reason.SITE_FOREIGN: Sentence(
            "Another site asked for this.", "Ask from Fusewise's own address, or from a program."
        ),
        Reason.NAME_FOREIGN: Sentence(
            "Fusewise is not served under this name.", "Ask by its own, or have whoever runs it allow this one."
        ),
        Reason.ADDRESS_UNKNOWN: Sentence("There is nothing at this address.", "What there is, is listed at /docs."),
        Reason.METHOD_UNKNOWN: Sentence(
            "This address is not asked with {method}.", "Ask with one of: {allowed}; /docs says which does what."
        ),
    }
)
