"""What a browser may say to Streamlit over its websocket, and what no page of this app ever says."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from starlette.types import Message, Receive
from streamlit.proto.BackMsg_pb2 import BackMsg

# What a browser may tell Streamlit and never does from this app's pages: the first would end the queue for everybody.
_NEVER = ("clear_cache", "set_run_on_save", "load_git_info", "debug_disconnect_websocket", "debug_shutdown_runtime")


def sifted(receive: Receive) -> Receive:
    """What a browser says, less what no page of this app says."""

    async def listen() -> Message:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive" or _kind(message.get("bytes")) not in _NEVER:
                return message

    return listen


def _kind(data: bytes | None) -> str | None:
    """Which message of Streamlit's that is; None for one that cannot be read, which Streamlit itself refuses."""
    try:
        return BackMsg.FromString(data).WhichOneof("type") if data else None
    except DecodeError:
        return None
