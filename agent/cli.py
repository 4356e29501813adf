"""The command line: words in, exit codes out, no logic. 0 fine, 1 it failed, 2 wrong use or config.

The work is in agent/commands, imported by the command that needs it, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from agent import __version__
from agent.cli_groups import drafts, learners, report
from agent.cli_options import as_json, at_instant, settings_path

INTERNET = "agent.internet"
"""Under this name the context keeps the Internet that whoever runs the command line passed in as `obj`, if any."""


class Group(click.Group):
    """Says errors of ours in one line each, without a traceback, with the promised exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        from agent.errors import AgentError, ConfigError  # noqa: PLC0415

        try:
            return super().invoke(ctx)
        except ConfigError as error:
            for problem in error.problems:
                click.echo(f"config: {problem}", err=True)
            sys.exit(2)
        except AgentError as error:
            click.echo(f"mentor-agent: {error}", err=True)
            sys.exit(1)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="MENTOR_AGENT_CONFIG",
    help="Settings file. Default: agent.toml in the user's config directory.",
)
@click.version_option(__version__, prog_name="mentor-agent")
@click.pass_context
def main(ctx: click.Context, config_file: Path | None) -> None:
    """Keeps an online mentor's deadlines, and asks before anything that is not routine."""
    ctx.meta[INTERNET] = ctx.obj
    ctx.obj = config_file


@main.command()
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Leave everything in this folder.")
@click.option("--days", type=click.IntRange(1, 60), default=21, show_default=True, help="Days to play.")
def demo(keep: Path | None, days: int) -> None:
    """Three weeks of a mentor's life, played in seconds on local files."""
    from agent.commands.demo import play  # noqa: PLC0415

    play(keep, days)


@main.command()
@click.option("--non-interactive", is_flag=True, help="Ask nothing; take the options.")
@click.option("--mentor-name")
@click.option("--mentor-address")
@click.option("--timezone", help="IANA name, for instance Europe/Paris.")
@click.option("--language", type=click.Choice(["fr", "en"]))
@click.option(
    "--mailbox", help="imap(s)://user@host, graph:// or ews:// (all three in one), maildir:///DIR, or auto: found."
)
@click.option("--smtp", help="smtp://host:port, smtps://..., smtp+starttls://..., maildir:///DIR, or auto.")
@click.option("--calendar", help="caldav+https://user@host/path, caldav+http://..., dir:///DIR, or auto.")
@click.option("--ca-file", type=click.Path(path_type=Path), help="Certificates (PEM) of a private authority to trust.")
@click.option("--support", help="Address of the school's support.")
@click.option("--school-domain", multiple=True, help="Domain the school writes from; may be repeated.")
@click.option("--graph-client-id", help="Microsoft 365: the ID of the registered app.")
@click.option("--graph-auth", type=click.Choice(["device", "app"]), help="You sign in with a code, or the app itself.")
@click.option("--graph-url", help="Microsoft 365 in another cloud: https://graph.microsoft.us/v1.0, for instance.")
@click.option("--graph-login-url", help="And where its users sign in: https://login.microsoftonline.us")
@click.option("--authserv-id", help="Whose Authentication-Results count; learnt by a mail to oneself when not given.")
@click.option("--llm", help="Base URL of an OpenAI-compatible server, or none.")
@click.option("--model", help="Name of the model.")
@click.option("--mode", type=click.Choice(["shadow", "live"]))
@click.pass_context
def init(ctx: click.Context, /, non_interactive: bool, **given: Any) -> None:
    """Find your servers, ask, test each answer against the real server, write the settings."""
    from agent.commands.init import initialise  # noqa: PLC0415
    from agent.discovery.internet import RealInternet  # noqa: PLC0415

    internet = ctx.meta[INTERNET] or RealInternet()
    initialise(settings_path(ctx.obj), given, internet, interactive=not non_interactive)


@main.command()
@click.option("--browser/--code", "browser", default=None, help="How. Default: by code, where the provider has that.")
@click.pass_obj
def login(config_file: Path | None, browser: bool | None) -> None:
    """Sign in where an account wants a person for that: Microsoft 365, or auth = "oauth2"."""
    from agent.commands.login import login as command  # noqa: PLC0415

    command(settings_path(config_file), browser=browser)


@main.command()
@click.option("--once", is_flag=True, help="One tick, then stop.")
@at_instant
@click.pass_obj
def run(config_file: Path | None, once: bool, now: str | None) -> None:
    """Watch the mailbox and the calendar until told to stop."""
    from agent.commands import run as command  # noqa: PLC0415

    if once:
        command.once(settings_path(config_file), now)
    elif now:
        raise click.UsageError("--now needs --once")
    else:
        command.daemon(settings_path(config_file))


@main.command()
@click.option("--system", is_flag=True, help="A system unit instead of one for the current user.")
@click.pass_obj
def service(config_file: Path | None, system: bool) -> None:
    """Print a systemd unit, and say where it goes."""
    from agent.commands.service import unit  # noqa: PLC0415

    unit(settings_path(config_file), system=system)


@main.command()
@at_instant
@as_json
@click.pass_obj
def plan(config_file: Path | None, now: str | None, as_json: bool) -> None:
    """What a tick would do, doing nothing."""
    from agent.commands.show import plan as command  # noqa: PLC0415

    command(settings_path(config_file), now, as_json=as_json)


@main.command()
@click.argument("learner")
@at_instant
@as_json
@click.pass_obj
def explain(config_file: Path | None, learner: str, now: str | None, as_json: bool) -> None:
    """Every rule for one learner: hit or miss, clause, facts, next look."""
    from agent.commands.show import explain as command  # noqa: PLC0415

    command(settings_path(config_file), learner, now, as_json=as_json)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(["assignment", "session_event", "absence", "justification", "extra_session"]))
@click.option("--value", "values", metavar="NAME=TEXT", multiple=True, help="A value as it stands; may be repeated.")
@click.option("--yes", is_flag=True, help="Ask nothing, and save.")
@click.option(
    "--anonymise", "copy", type=click.Path(dir_okay=False, path_type=Path), help="Also write a copy without persons."
)
@click.pass_obj
def teach(
    config_file: Path | None, file: Path, kind: str | None, values: tuple[str, ...], yes: bool, copy: Path | None
) -> None:
    """A recogniser from one real mail (.eml) or event (.ics) of your school."""
    from agent.commands.teach import teach as command  # noqa: PLC0415

    if any("=" not in value for value in values):
        raise click.UsageError('--value is NAME=TEXT, such as --value "name=Léa Moreau"')
    pairs = (value.partition("=") for value in values)
    given = {name.strip(): text.strip() for name, _, text in pairs}
    command(settings_path(config_file), file, kind, given, yes=yes, copy=copy)


@main.command()
@click.option("--since", required=True, type=click.DateTime(["%Y-%m-%d"]), help="First day, such as 2026-10-01.")
@as_json
@click.pass_obj
def rehearse(config_file: Path | None, since: datetime, as_json: bool) -> None:
    """Your real past, day by day, as the agent would have lived it; nothing is sent."""
    from agent.commands.rehearse import rehearse as command  # noqa: PLC0415

    command(settings_path(config_file), since, as_json=as_json)


@main.command()
@click.option("--month", metavar="YYYY-MM", help="Calendar month. Default: the current one.")
@at_instant
@as_json
@click.pass_obj
def indicators(config_file: Path | None, month: str | None, now: str | None, as_json: bool) -> None:
    """What the school watches: each figure, its trend, what to do next; and each learner's progress."""
    from agent.commands.indicators import show  # noqa: PLC0415

    show(settings_path(config_file), month, now, as_json=as_json)


@main.command()
@click.argument("words", nargs=-1, required=True)
@click.pass_obj
def tell(config_file: Path | None, words: tuple[str, ...]) -> None:
    """Report a situation in your own words: "Léa absente ce soir"."""
    from agent.commands.tell import tell as command  # noqa: PLC0415

    command(settings_path(config_file), " ".join(words))


@main.command()
@as_json
@click.pass_obj
def status(config_file: Path | None, as_json: bool) -> None:
    """Learners, next sessions, what waits for you, last contact with each server, what was put aside."""
    from agent.commands.status import status as command  # noqa: PLC0415

    command(settings_path(config_file), as_json=as_json)


@main.command()
@click.option("--mail", is_flag=True, help="Send yourself two mails too: whose word about a sender counts (RFC 8601)?")
@click.option("--patience", type=click.FloatRange(1, 600), default=60, show_default=True, help="Seconds for each.")
@as_json
@click.pass_obj
def doctor(config_file: Path | None, mail: bool, patience: float, as_json: bool) -> None:
    """Check everything, and say how to mend what is wrong."""
    from agent.commands.doctor import examine  # noqa: PLC0415

    examine(settings_path(config_file), as_json=as_json, mail_patience=patience if mail else None)


@main.command("eval")
@click.option("--model", "models", metavar="NAME", multiple=True, help="A model; may be repeated. Default: your own.")
@click.option("--base-url", metavar="URL", help="Where it is. Default: writer.url in the settings.")
@click.option("--seconds", type=click.FloatRange(5, 900), help="For one report. Default: as in the settings.")
@as_json
@click.pass_obj
def evaluate(
    config_file: Path | None, models: tuple[str, ...], base_url: str | None, seconds: float | None, as_json: bool
) -> None:
    """Models beside the built-in writer, on invented notes that come with the program."""
    from agent.commands.eval import Wanted, compare  # noqa: PLC0415

    compare(settings_path(config_file), Wanted(models, base_url, seconds), as_json=as_json)


@main.command()
@click.option("--mentors", type=click.IntRange(1, 100), default=1, show_default=True, help="One year for each.")
@click.option("--learners", type=click.IntRange(1, 400), default=40, show_default=True, help="Of each mentor.")
@click.option("--days", type=click.IntRange(1, 3660), default=365, show_default=True, help="Days to simulate.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed is the same year.")
@as_json
def simulate(mentors: int, learners: int, days: int, seed: int, as_json: bool) -> None:
    """A seeded year of mentoring in memory; fails if an obligation is missed or a letter is wrong."""
    from agent.commands.simulate import Wanted, run  # noqa: PLC0415

    run(Wanted(mentors, learners, days, seed), as_json=as_json)


main.add_command(drafts)
main.add_command(learners)
main.add_command(report)


def run_main() -> None:
    """Entry point: a closed pipe is no fault."""
    try:
        main(prog_name="mentor-agent")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
