"""The commands with commands of their own: drafts and learners. Words in, no logic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from agent.cli_options import as_json, settings_path

FUNDINGS = click.Choice(["self_funded", "funded", "apprenticeship", "social", "unknown"])


@click.group(invoke_without_command=True)
@as_json
@click.pass_context
def drafts(ctx: click.Context, as_json: bool) -> None:
    """What waits for your word; the same acts as by mail."""
    if ctx.invoked_subcommand is None:
        from agent.commands.drafts import show_all  # noqa: PLC0415

        show_all(settings_path(ctx.obj), as_json=as_json)


@drafts.command("show")
@click.argument("draft_id", type=int)
@as_json
@click.pass_obj
def drafts_show(config_file: Path | None, draft_id: int, as_json: bool) -> None:
    """One draft, whole."""
    from agent.commands.drafts import show  # noqa: PLC0415

    show(settings_path(config_file), draft_id, as_json=as_json)


def _draft_act(name: str, text: str, doc: str) -> None:
    """One of the acts on a draft: the same words as in a mail. `text`: "" none, "optional" or "required"."""

    @drafts.command(name, help=doc)
    @click.argument("draft_id", type=int)
    @click.argument("words", nargs=-1, required=text == "required")
    @click.pass_obj
    def command(config_file: Path | None, draft_id: int, words: tuple[str, ...]) -> None:
        from agent.commands.drafts import act  # noqa: PLC0415

        if words and not text:
            raise click.UsageError(f"{name} takes nothing but the draft's number")
        act(settings_path(config_file), draft_id, name, " ".join(words))


_draft_act("approve", "", "Approve it: a letter leaves, a report is handed over.")
_draft_act("edit", "required", "Put your own text in its place; - reads it from standard input.")
_draft_act("redo", "optional", "Ask for another version, with an instruction.")
_draft_act("drop", "", "Drop it: nothing leaves.")


@click.group(invoke_without_command=True)
@as_json
@click.pass_context
def learners(ctx: click.Context, as_json: bool) -> None:
    """Whom you mentor."""
    if ctx.invoked_subcommand is None:
        from agent.commands.learners import show_all  # noqa: PLC0415

        show_all(settings_path(ctx.obj), as_json=as_json)


@learners.command("add")
@click.argument("name")
@click.argument("address")
@click.option("--path", "path_", help="What they study.")
@click.option("--project", help="Their current project.")
@click.option("--funding", type=FUNDINGS, default="unknown")
@click.option("--language", type=click.Choice(["fr", "en"]), help="Default: your own.")
@click.option("--informal", is_flag=True, help='"tu" was agreed.')
@click.option("--contact", is_flag=True, help="They are new: the first-contact letter is owed.")
@click.pass_obj
def learners_add(config_file: Path | None, /, **given: Any) -> None:
    """Add a learner you already mentor."""
    from agent.commands.learners import add  # noqa: PLC0415

    add(settings_path(config_file), given)


@learners.command("set")
@click.argument("learner")
@click.option("--address", help="Where they are written to from now on; what was before stays known.")
@click.option("--path", "path_", help="What they study.")
@click.option("--project", help="Their current project.")
@click.option("--funding", type=FUNDINGS)
@click.option("--funded-from", metavar="YYYY-MM-DD", help="First day of the funding.")
@click.option("--funded-until", metavar="YYYY-MM-DD", help="Last day of the funding.")
@click.option("--language", type=click.Choice(["fr", "en"]))
@click.option("--timezone", metavar="ZONE", help="IANA name, for instance Indian/Reunion, where it is not yours.")
@click.option("--informal/--formal", default=None, help='"tu" was agreed, or not.')
@click.option("--evenings/--no-evenings", default=None, help="Evenings and weekends were agreed, or not.")
@click.option("--left/--back", default=None, help="They finished, left or were excluded; or they are back.")
@click.pass_obj
def learners_set(config_file: Path | None, /, learner: str, **given: Any) -> None:
    """Change what is known of a learner; an empty value ("") clears it."""
    from agent.commands.learners import change  # noqa: PLC0415

    change(settings_path(config_file), learner, given)


@learners.command("show")
@click.argument("learner")
@as_json
@click.pass_obj
def learners_show(config_file: Path | None, learner: str, as_json: bool) -> None:
    """One learner: sessions, letters, what waits."""
    from agent.commands.learners import show  # noqa: PLC0415

    show(settings_path(config_file), learner, as_json=as_json)
