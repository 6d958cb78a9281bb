"""Plant each fault of `faults/<slug>.toml` in a copy of the tree and see whether a test notices.

The tests know nothing of the faults: what they notice is what they would notice tomorrow.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.mutants.plant import Stale, copy_tree, noticed_by, planted, read_books, tests_of
from benchmarks.report import LIMIT_MISSED, LIMITS_HELD, USAGE, Report
from edge_agent.detectors import DETECTORS

app = typer.Typer(add_completion=False)


@app.command()
def mutants(
    only: Annotated[
        list[str] | None, typer.Option("--slug", help="Only this detector; may be repeated.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
    raw: Annotated[Path | None, typer.Option(help="Leave the copy of the tree here.")] = None,
) -> None:
    """Exit 0: every planted fault was caught and every detector has one; 1: not so."""
    report, books = Report(), read_books()
    if unknown := sorted(set(only or ()) - set(books)):
        _progress(f"no faults for {', '.join(unknown)}; there are: {', '.join(books)}")
        raise typer.Exit(USAGE)
    wanted = {slug: book for slug, book in books.items() if not only or slug in only}
    with tempfile.TemporaryDirectory(prefix="hearthline-mutants-") as made:
        tree = raw or Path(made)
        copy_tree(tree)
        found = [
            {"slug": slug, "name": fault.name, "sort": fault.sort, "caught_by": by}
            for slug, book in wanted.items()
            for fault in book.fault
            for by in [_plant_one(slug, fault, tests_of(slug, book), tree)]
        ]
    figures = _figures(found, missing=[] if only else sorted(set(DETECTORS) - set(books)))
    report.print(figures)
    if not as_json:
        _progress("the line above is the whole result; --json says the same")
    is_well = not figures["survivors"] and not figures["without_a_fault"]
    raise typer.Exit(LIMITS_HELD if is_well else LIMIT_MISSED)


def _plant_one(slug: str, fault: Any, tests: list[str], tree: Path) -> str:
    try:
        with planted(fault, tree):
            by = noticed_by(tests, tree)
    except Stale as stale:
        _progress(str(stale))
        return ""
    _progress(f"{slug}: {fault.name}: {'caught by ' + by if by else 'SURVIVED'}")
    return by


def _figures(found: list[dict[str, str]], missing: list[str]) -> dict[str, Any]:
    survivors = [f"{one['slug']}: {one['name']}" for one in found if not one["caught_by"]]
    return {
        "planted": len(found),
        "caught": len(found) - len(survivors),
        "survivors": survivors,
        "without_a_fault": missing,
        "faults": found,
    }


def _progress(line: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")


if __name__ == "__main__":
    app()
