"""The description of the API as a page for people: made on the server from the OpenAPI document, and nothing else.

Law: it asks nobody for anything: no script, no font, no image, no third party; and what it shows is escaped.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any, Final

from fastapi.responses import HTMLResponse

from muster.directory.catalogue.catalogue import CATALOGUE

Document = dict[str, Any]

_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1f}"
    "code,pre{font:14px/1.5 ui-monospace,monospace;background:#f2f2f5;border-radius:4px;padding:.1em .3em}"
    "pre{padding:.6em;overflow:auto}h3 code{font-size:1rem}table{border-collapse:collapse}"
    "td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}section{margin:2rem 0}"
)


def page_of(document: Document) -> HTMLResponse:
    """Return the page of an OpenAPI document."""
    about = document["info"]
    operations = [
        _operation(method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = [_schema(name, schema) for name, schema in document["components"]["schemas"].items()]
    body = "".join([
        f"<h1>{escape(about['title'])}</h1><p>{escape(about['description'])}</p>",
        f"<p>Base address: <code>{escape(document['servers'][0]['url'])}</code></p>",
        '<p>For programs: <a href="openapi.json">openapi.json</a></p>',
        "<h2>Operations</h2>", *operations, "<h2>Problems</h2>", _problems(), "<h2>Values</h2>", *schemas,
    ])  # fmt: skip
    head = f'<meta charset="utf-8"><title>{escape(about["title"])}</title><style>{_STYLE}</style>'
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>',
        headers={"content-security-policy": _POLICY, "x-content-type-options": "nosniff"},
    )


def _operation(method: str, path: str, operation: Document) -> str:
    parts = [
        f'<section id="{escape(operation["operationId"])}"><h3><code>{method} {escape(path)}</code></h3>',
        f"<p>{escape(operation.get('description', ''))}</p>",
        _parameters(operation.get("parameters", [])),
    ]
    if "requestBody" in operation:
        parts.append(f"<p>Body: {_named(operation['requestBody'])}</p>")
    answers = [
        f"<code>{status}</code> {_named(response)}"
        for status, response in operation["responses"].items()
        if "$ref" not in response
    ]
    return "".join([*parts, f"<p>Answer: {', '.join(answers)}</p></section>"])


def _parameters(parameters: list[Document]) -> str:
    rows = (
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{one['in']}</td>"
        f"<td>{escape(one.get('description', ''))}</td></tr>"
        for one in parameters
    )
    return f"<table>{''.join(rows)}</table>" if parameters else ""


def _named(content: Document) -> str:
    """Return the name of what a body is made of, with a link to it."""
    schema = content.get("content", {}).get("application/json", {}).get("schema", {})
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return f'<a href="#value-{escape(name)}">{escape(name)}</a>' if name else ""


def _problems() -> str:
    rows = (
        f'<tr id="problem-{entry.code}"><td><code>{entry.code}</code></td>'
        f"<td>{escape(entry.cause)}</td><td>{escape(entry.fix)}</td></tr>"
        for entry in CATALOGUE.values()
    )
    return f"<table><tr><th>code</th><th>why</th><th>what to do</th></tr>{''.join(rows)}</table>"


def _schema(name: str, schema: Document) -> str:
    return (
        f'<section id="value-{escape(name)}"><h3>{escape(name)}</h3>'
        f"<pre>{escape(json.dumps(schema, indent=2, ensure_ascii=False))}</pre></section>"
    )
