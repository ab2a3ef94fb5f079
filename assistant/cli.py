"""The `masthead` command: parse, load settings, one call, print the account.

The front door: the only module of `assistant` that may import a stage, inside the function that
needs it, so that every --help is instant.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant import __version__, cli_pairs
from assistant.cli_adapters import adapters_app
from assistant.cli_feedback import feedback_app
from assistant.cli_keys import keys_app
from assistant.cli_print import print_report, print_text
from assistant.errors import AssistantError

app = typer.Typer(
    name="masthead",
    help="A branded assistant from a publication's own articles.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(adapters_app, name="adapters")
app.add_typer(feedback_app, name="feedback")
app.add_typer(keys_app, name="keys")
app.add_typer(cli_pairs.app, name="pairs")

Folder = Annotated[Path, typer.Argument(metavar="[DIR]", help="The workspace.")]
NeededFolder = Annotated[Path, typer.Argument(metavar="DIR", help="The workspace.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Engine = Annotated[str, typer.Option(help="transformers, llamacpp or openai; else as set.")]


@app.callback(invoke_without_command=True)
def _front(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Say more on stderr.")] = False,
) -> None:
    if version:
        print_text(__version__)
        raise typer.Exit
    from assistant.hardware import share_cores
    from assistant.logs import set_up_logging

    share_cores()
    set_up_logging(verbose=verbose)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    name: Annotated[str, typer.Option(help="The publication's name.")] = "",
    start: Annotated[
        str, typer.Option("--from", metavar="URL|FILE|FOLDER", help="Where the articles are.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Make a new workspace with a commented masthead.yaml."""
    from assistant.new_workspace import create_workspace

    if not start:
        path = create_workspace(folder, name)
        text = (
            f"{path} is ready: put articles in {folder}/articles, then run `masthead ingest"
            f" {folder}`"
        )
        print_report({"created": str(path)}, as_json, text)
        return
    from ingest.find_source import find_source

    detected, source = find_source(start)
    path = create_workspace(folder, name or detected.name, source)
    about = {"created": str(path), "source": source.name, "seen_as": detected.seen_as}
    text = (
        f"{path} is ready for {detected.seen_as}: look it over, then run `masthead ingest {folder}`"
    )
    print_report(about, as_json, text)


@app.command()
def doctor(folder: Folder = Path(), as_json: Json = False) -> None:
    """Check install, hardware, models, sources, index and adapters; change nothing."""
    from assistant.doctor import examine_workspace, format_findings
    from ingest.find_source import look_at_source
    from train.sizing import examine_training

    findings = examine_workspace(folder, look_at_source, examine_training)
    rows = [{"check": f.check, "ok": f.ok, "detail": f.detail} for f in findings]
    print_report({"findings": rows}, as_json, format_findings(findings))
    if not all(finding.ok for finding in findings):
        raise typer.Exit(2)


@app.command()
def ingest(
    folder: Folder = Path(),
    only: Annotated[str, typer.Option(help="index or pairs.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Cut and fit everything again.")] = False,
    allow_shrink: Annotated[
        bool, typer.Option("--allow-shrink", help="Also when over 30 % of the articles go.")
    ] = False,
    allow_lower_recall: Annotated[
        bool, typer.Option("--allow-lower-recall", help="Also when it finds less than before.")
    ] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Serve the one before.")] = False,
    as_json: Json = False,
) -> None:
    """Build a generation of the index and a snapshot of the pairs from the articles."""
    from assistant.approved_files import refresh_before_ingest
    from assistant.config import load_workspace
    from assistant.generation import roll_back_generation
    from ingest.account import format_report
    from ingest.live import open_watch
    from ingest.run import ingest_workspace, parse_only

    workspace = load_workspace(folder)
    if rollback:
        number = roll_back_generation(workspace.index_root)
        print_report({"generation": number}, as_json, f"generation {number} is in use")
        return
    if not dry_run:
        refresh_before_ingest(workspace)
    with open_watch() as watch:
        report = ingest_workspace(
            workspace,
            only=parse_only(only),
            dry_run=dry_run,
            full=full,
            allow_shrink=allow_shrink,
            allow_lower_recall=allow_lower_recall,
            watch=watch,
        )
    print_report(report, as_json, format_report(report, workspace, dry_run=dry_run))


@app.command()
def articles(
    folder: Folder = Path(),
    out: Annotated[Path, typer.Option("--out", help="A JSONL file to write.")] = Path("-"),
    as_json: Json = False,
) -> None:
    """Write every article of the current generation as JSON lines."""
    from assistant.config import load_workspace
    from assistant.generation import open_generation
    from assistant.lines import article_line

    generation = open_generation(load_workspace(folder).index_root)
    lines = [article_line(article) for article in generation.articles()]
    if str(out) == "-":
        print_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines))
        return
    _write_lines(out, lines)
    written = {"articles": len(lines), "out": str(out)}
    print_report(written, as_json, f"{len(lines)} articles in {out}")


@app.command()
def search(
    folder: NeededFolder,
    question: Annotated[str, typer.Argument()],
    k: Annotated[int, typer.Option("-k", help="How many articles to name.", min=1)] = 5,
    as_json: Json = False,
) -> None:
    """Show what retrieval returns, with each score."""
    from assistant.config import load_workspace
    from assistant.encoder import find_encoder_files, load_encoder
    from assistant.generation import open_generation
    from assistant.lines import found_rows
    from assistant.retrieve import HybridRetriever

    workspace = load_workspace(folder)
    files = find_encoder_files(workspace.settings.models)
    generation = open_generation(workspace.index_root, files.identity)
    rows = found_rows(tuple(HybridRetriever(generation, load_encoder(files)).search(question, k)))
    text = "\n".join(
        f"{r['score']:.3f} (dense {r['dense']:.3f}, lexical {r['lexical']:.3f})  "
        + " > ".join([r["title"], *r["headings"]])
        for r in rows
    )
    print_report({"generation": generation.number, "retrieved": rows}, as_json, text)


@app.command()
def ask(
    folder: NeededFolder,
    question: Annotated[str, typer.Argument()] = "",
    questions: Annotated[Path | None, typer.Option(help="A JSONL file of questions.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the answers lines go.")] = None,
    until: Annotated[str, typer.Option(help="Stop after retrieve or decide.")] = "answer",
    adapter: Annotated[str, typer.Option(help="base, promoted or a name.")] = "promoted",
    engine: Engine = "",
    as_json: Json = False,
) -> None:
    """Answer one question, or every question of a file."""
    from assistant.asking import answer_file, format_answer, parse_until
    from assistant.config import load_workspace
    from assistant.lines import answer_row
    from assistant.opening import open_assistant

    stop = parse_until(until)
    if bool(question) == (questions is not None) or (questions is None) != (out is None):
        raise AssistantError("give either a QUESTION, or --questions FILE with --out FILE")
    assistant = open_assistant(load_workspace(folder), engine=engine, adapters=[adapter])
    if questions is not None and out is not None:
        summary = answer_file(assistant, questions, out, adapter=adapter, until=stop)
        print_report(summary, as_json, f"{summary['answered']} answers in {out}")
        return
    answer = assistant.answer(question, adapter=adapter, until=stop)
    print_report(answer_row("1", answer, stop), as_json, format_answer(answer, stop))


@app.command()
def train(
    folder: Folder = Path(),
    preset: Annotated[str, typer.Option(help="cpu, gpu-6gb, ...; else by hardware.")] = "",
    budget: Annotated[str, typer.Option(help="Wall clock, like 4m, 90s or 1h.")] = "",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was cut off.")
    ] = False,
    sweep: Annotated[bool, typer.Option("--sweep", help="Try learning rates first.")] = False,
    auto_batch: Annotated[
        bool, typer.Option("--auto-batch", help="As many rows at once as memory holds.")
    ] = False,
    if_new: Annotated[
        bool, typer.Option("--if-new", help="Only when no adapter has seen these pairs.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fit a candidate adapter to the current snapshot."""
    from assistant.config import load_workspace
    from assistant.durations import parse_duration
    from assistant.progress import show_progress
    from train.run import find_trained, train_adapter

    workspace = load_workspace(folder)
    if if_new and (trained := find_trained(workspace)):
        print_report({"adapter": trained, "trained": False}, as_json,
                f"{trained} was trained on these pairs already")  # fmt: skip
        return
    seconds = parse_duration(budget) if budget else None
    with show_progress("training") as progress:
        report = train_adapter(
            workspace,
            preset=preset or None,
            budget_s=seconds,
            resume=resume,
            sweep=sweep,
            auto_batch=auto_batch,
            on_progress=progress,
        )
    text = (
        f"adapter {report.adapter}: {report.steps} steps in {report.seconds:.0f} s, held-out loss"
        f" {report.base.all:.3f} -> {report.best.all:.3f} on all tokens,"
        f" {_loss(report.base.novel)} -> {_loss(report.best.novel)} on novel ones\n"
        f"next: masthead adapters promote {folder} {report.adapter}"
    )
    print_report(report.as_json(), as_json, "\n".join([*report.warnings, text]))


@app.command()
def evaluate(
    folder: Folder = Path(),
    adapter: Annotated[str, typer.Option(help="A name; else the newest.")] = "newest",
    against: Annotated[str, typer.Option(help="base, promoted or a name.")] = "promoted",
    questions: Annotated[Path | None, typer.Option(help="A JSONL file; else held-out.")] = None,
    count: Annotated[int, typer.Option(help="Held-out questions asked.", min=1)] = 40,
    as_json: Json = False,
) -> None:
    """Ask held-out questions of an adapter and of what it would replace, and compare."""
    from assistant.config import load_workspace
    from train.evaluate import evaluate_adapter, format_evaluation

    report = evaluate_adapter(
        load_workspace(folder), adapter, against=against, questions=questions, count=count
    )
    print_report(report, as_json, format_evaluation(report))


@app.command()
def password(as_json: Json = False) -> None:
    """Ask for an editor's password and print its hash, for `admin.editors` in masthead.yaml."""
    from assistant.passwords import hash_password

    if sys.stdin.isatty():
        chosen = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    else:
        chosen = sys.stdin.readline().rstrip("\n")
    hashed = hash_password(chosen)
    print_report({"hash": hashed}, as_json, hashed)


@app.command()
def serve(
    folder: Folder = Path(),
    host: Annotated[str, typer.Option(help="Else as set, else 127.0.0.1.")] = "",
    port: Annotated[int, typer.Option(help="Else as set, else 7860.")] = 0,
    engine: Engine = "",
) -> None:
    """Start the page and the API; both follow the index, the adapter in service and the brand."""
    from assistant.config import load_workspace
    from assistant.following import FollowingAssistant
    from assistant.opening import open_assistant, reopen_voices
    from serve.run import serve as run_server

    workspace = load_workspace(folder)
    settings = workspace.settings.serve
    adapters = ("promoted", *settings.adapters)
    run_server(
        workspace,
        host=host or settings.host,
        port=port or settings.port,
        open_assistant=lambda w: FollowingAssistant(
            open_assistant(w, engine=engine, adapters=adapters),
            w,
            lambda: reopen_voices(w, engine=engine, adapters=adapters),
        ),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; the exit codes are 0 done, 1 a bug, 2 a person's turn, 75 busy."""
    try:
        app(args=None if arguments is None else list(arguments), prog_name="masthead")
    except AssistantError as error:
        sys.stderr.write(f"masthead: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("masthead: stopped; run the same command again to go on\n")
        sys.exit(130)
    except Exception:  # the last place: whatever reaches it is a bug, reported as one
        traceback.print_exc()
        sys.stderr.write(
            f"masthead: this is a bug in Masthead {__version__}; please report the lines above\n"
        )
        sys.exit(1)


def _loss(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _write_lines(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    from assistant.commit import write_text

    try:
        write_text(path, "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows))
    except OSError as error:
        raise AssistantError(
            f"{path} cannot be written ({error.strerror}); correct --out"
        ) from error
