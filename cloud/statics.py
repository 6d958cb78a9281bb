"""Style and script: a closed list of small files of ours, kept in memory, named by their content.

No third party's script is in the repository or on a page, and nothing is fetched from another host
(docs/decisions/live-pages.md).
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from cloud.errors import NotFound

OWN: Final = Path(__file__).parent / "static"
FOREVER: Final = "public, max-age=31536000, immutable"
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Static:
    """One file as it is sent."""

    body: bytes
    packed: bytes
    type: str
    version: str


@cache
def files() -> Mapping[str, Static]:
    """All files that the pages use, by name."""
    found = {file.name: file for file in sorted(OWN.iterdir()) if file.suffix in TYPES}
    return {name: _read(file) for name, file in found.items()}


router = APIRouter(prefix="/static", include_in_schema=False)


def url(name: str) -> str:
    """The address of a file; it changes with the content, so that it may be kept for ever."""
    return f"/static/{name}?v={files()[name].version}"


@router.get("/{name}")
async def send(name: str, request: Request) -> Response:
    """One file of the list; there is no other."""
    file = files().get(name)
    if file is None:
        raise NotFound(f"no static file of that name; there are: {', '.join(files())}")
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.packed, media_type=file.type, headers=headers)
    return Response(file.body, media_type=file.type, headers=headers)


def _read(file: Path) -> Static:
    body = file.read_bytes()
    version = hashlib.sha256(body).hexdigest()[:12]
    return Static(body, gzip.compress(body, mtime=0), TYPES[file.suffix], version)
