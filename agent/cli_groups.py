"""The commands with commands of their own: drafts and learners. Words in, no logic."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from agent.cli_options import as_json, at_instant, settings_path

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


class WithDefault(click.Group):
    """`report LEARNER` is `report draft LEARNER`: what is no command of the group is the default one's first word."""

    default = "draft"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command's name before words that begin with none."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [self.default, *args]
        return super().parse_args(ctx, args)


@click.group(cls=WithDefault)
def report() -> None:
    """Draft a report from notes at hand: report LEARNER [--notes FILE]; or see what models were asked."""


@report.command("draft")
@click.argument("learner")
@click.option("--notes", metavar="FILE", help="Notes (.txt, .md) or a transcript (.vtt, .srt); - is standard input.")
@click.option("--session", "day", type=click.DateTime(["%Y-%m-%d"]), help="Day of the session. Default: the last one.")
@click.option("--language", type=click.Choice(["fr", "en"]), help="Of the report. Default: your own.")
@click.option("--form", type=click.Choice(["text", "markdown", "html", "sources"]), default="text", show_default=True)
@click.option("--keep", is_flag=True, help="Also keep it, without its marks, among the reports.")
@click.option("--show-prompt", is_flag=True, help="Ask no model: print exactly what would leave this machine.")
@as_json
@click.pass_obj
def report_draft(config_file: Path | None, /, *, show_prompt: bool, as_json: bool, **given: Any) -> None:
    """A checked draft for a learner's last session, with its marks. The default of `report`."""
    from agent.commands import report as command  # noqa: PLC0415

    day: datetime | None = given.pop("day")
    wanted = command.Wanted(**given, day=day.date() if day else None)
    act = command.show_prompt if show_prompt else command.draft
    act(settings_path(config_file), wanted, as_json=as_json)


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


@report.command("log")
@click.option("--month", metavar="YYYY-MM", help="Calendar month. Default: the current one.")
@at_instant
@as_json
@click.pass_obj
def report_log(config_file: Path | None, month: str | None, now: str | None, as_json: bool) -> None:
    """Each call to a model in a month: what it took, what became of its report, what the month cost."""
    from agent.commands.report_log import show  # noqa: PLC0415

    show(settings_path(config_file), month, now, as_json=as_json)
