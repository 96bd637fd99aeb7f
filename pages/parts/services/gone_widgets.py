"""What a browser still says of a widget that is gone is no news.

Streamlit 1.67 forgets what a widget said once a run has not drawn it, and keeps what is to be called when it changes. A
browser says with each press and each timer's run what all its widgets say, and names those that it has not yet heard
are gone: what was forgotten then counts as changed. So a box that is drawn anew under another key, since its choices
are others, was heard a second time, and whatever had been done since then was undone. Here a change is one against what
the widget has said last, drawn or not; who did choose something at the last moment is heard as ever.
"""

from __future__ import annotations

from typing import Any

from streamlit.runtime.state import SessionState
from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX

from fusion.newest import Newest

_KEPT = 64  # widgets of a session that are gone: a browser is a run or two behind, not a page
_LAST = f"{STREAMLIT_INTERNAL_KEY_PREFIX}_LAST_SAID"  # in the state, among what is Streamlit's own
# Not files, which would stay in memory, nor presses, each of which is one.
_TOLD = {"bool_value", "int_value", "double_value", "string_value", "json_value"} | {
    f"{kind}_array_value" for kind in ("int", "double", "string")
}

_call_callbacks = SessionState._call_callbacks
_remove_stale_widgets = SessionState._remove_stale_widgets


def keep() -> None:
    """Have it so for all sessions of this process, from now on."""
    SessionState._remove_stale_widgets = _removed  # type: ignore[method-assign]
    SessionState._call_callbacks = _called  # type: ignore[method-assign]


def _removed(self: SessionState, *given: Any, **named: Any) -> None:
    """Of `SessionState._remove_stale_widgets`: what they have said is kept aside."""
    said = {id: self._new_widget_state.get(id) for id in self._new_widget_state if _is_told(self, id)}
    _remove_stale_widgets(self, *given, **named)
    for id, value in said.items():
        if id not in self._new_widget_state:
            _last(self)[id] = value


def _called(self: SessionState, *given: Any, **named: Any) -> None:
    """Of `SessionState._call_callbacks`: what changed is told by what was said last."""
    last = _last(self)
    for id in self._new_widget_state:
        if id in last and id not in self._old_state:
            self._old_state[id] = last.pop(id)
    _call_callbacks(self, *given, **named)


def _is_told(self: SessionState, id: str) -> bool:
    metadata = self._new_widget_state.widget_metadata.get(id)
    return metadata is not None and metadata.value_type in _TOLD


def _last(self: SessionState) -> Newest[str, Any]:
    kept: Newest[str, Any] = self._old_state.setdefault(_LAST, Newest(_KEPT))
    return kept
