"""The description of the API as a page for people: no script, and nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
@media (prefers-color-scheme: dark) { body { background: #101615; color: #e8efed; } a { color: #4fd1c5; } }
code, pre { font: 0.875rem/1.5 ui-monospace, monospace; } pre { overflow: auto; padding: 0.75rem; border: 1px solid; }
h2 code { font-size: 1rem; } table { border-collapse: collapse; } td, th { padding: 0.1rem 1rem 0.1rem 0; 
  text-align: left; }
"""


def page(document: Mapping[str, Any]) -> str:
    """HTML.

    Args:
        document: of OpenAPI.
    """
    info = document["info"]
    body = "\n".join([*_head(info), *_operations(document), *_schemas(document)])
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style></head>\n"
        f"<body><main>{body}</main></body></html>\n"
    )


def _head(info: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h1>{escape(info['title'])} {escape(info['version'])}: API</h1><p>{escape(info['description'])}</p>"
    yield '<p>For programs: <a href="openapi.json">openapi.json</a>. Examples are in <code>docs/api.md</code>.</p>'


def _operations(document: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation['summary'])}</p>"
            yield from _parameters(operation["parameters"])
            yield _table((status, each["description"]) for status, each in operation["responses"].items())


def _parameters(parameters: list[Mapping[str, Any]]) -> Iterator[str]:
    if parameters:
        yield _table((each["name"], f"{each['in']}: {json.dumps(each['schema'])}") for each in parameters)


def _schemas(document: Mapping[str, Any]) -> Iterator[str]:
    for name, shape in document["components"]["schemas"].items():
        text = escape(json.dumps(shape, indent=1, ensure_ascii=False))
        yield f'<details><summary id="{escape(name)}">{escape(name)}</summary><pre>{text}</pre></details>'


def _table(rows: Iterator[tuple[str, str]]) -> str:
    lines = "".join(f"<tr><th>{escape(head)}</th><td>{escape(told)}</td></tr>" for head, told in rows)
    return f"<table>{lines}</table>"
