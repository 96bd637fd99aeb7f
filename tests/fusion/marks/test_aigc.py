"""The label of GB 45438-2025: seven texts in their order, of the characters that it allows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.marks import AigcLabel, is_allowed
from fusion.marks.aigc import KEYS, MOST_CHARACTERS
from tests.support.fixtures.labels import ALLOWED, LABELS, TEXTS

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from((*KEYS, "AIGC", "a")), inner),
    max_leaves=9,
)
GOOD = {**dict.fromkeys(KEYS, "a"), "Label": "1"}


@given(LABELS)
def test_a_label_comes_back_as_it_was_said(label: AigcLabel) -> None:
    assert AigcLabel.loads(label.dumps()) == label
    assert AigcLabel.loads('{"AIGC": ' + label.dumps() + "}") == label


@given(LABELS)
def test_a_label_says_its_seven_keys_in_the_order_of_the_standard(label: AigcLabel) -> None:
    assert tuple(json.loads(label.dumps())) == (
        *("Label", "ContentProducer", "ProduceID", "ReservedCode1"),
        *("ContentPropagator", "PropagateID", "ReservedCode2"),
    )
    assert label.dumps().isascii()
    assert " " not in label.dumps()
    assert "\\" not in label.dumps()  # no character is allowed that JSON must escape


@given(st.characters())
def test_the_standard_s_characters_are_allowed_and_no_other(character: str) -> None:
    assert is_allowed(character) == (character in ALLOWED)


@given(TEXTS, st.sampled_from([" ", '"', "\\", "\n", "\x7f", "é", "融"]), TEXTS)
def test_a_value_with_another_character_is_refused_by_its_key(before: str, wrong: str, after: str) -> None:
    with pytest.raises(ValueError, match=r"^ProduceID may have"):
        AigcLabel("1", "Fusewise", before + wrong + after)


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ("", "Expecting value"),
        ("[]", "no JSON object"),
        ('{"AIGC": 1}', "no JSON object"),
        (json.dumps({key: GOOD[key] for key in KEYS if key != "PropagateID"}), "PropagateID is missing"),
        (json.dumps({**GOOD, "PropatorID": "a"}), "'PropatorID' is no key"),
        (json.dumps({**GOOD, "ProduceID": 7}), "ProduceID is no text"),
        (json.dumps({**GOOD, "Label": "4"}), "Label is '4'"),
        (json.dumps({**GOOD, "Label": 1}), "Label is no text"),
        (json.dumps({**GOOD, "ContentProducer": "A B"}), "ContentProducer may have"),
        (json.dumps(GOOD)[:-1] + ',"Label":"1"}', "a key twice"),
        (json.dumps({**GOOD, "ReservedCode1": "a" * MOST_CHARACTERS}), "longer than"),
    ],
)
def test_what_is_no_label_is_refused_with_its_fault(told: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        AigcLabel.loads(told)


@given(JSON)
def test_whatever_is_read_is_a_label_or_a_value_error(data: Any) -> None:
    try:
        assert isinstance(AigcLabel.loads(json.dumps(data)), AigcLabel)
    except ValueError:
        return
