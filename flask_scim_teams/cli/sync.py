"""``flask scim sync``: users and teams follow a directory."""

from __future__ import annotations

import sys
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import closing
from contextlib import contextmanager
from typing import Any
from typing import TypeAlias

import click
from flask.cli import with_appcontext

from flask_scim_teams.cli.documents import json_option
from flask_scim_teams.cli.documents import print_json
from flask_scim_teams.cli.tables import printable
from flask_scim_teams.connectors.settings import DirectorySettings
from flask_scim_teams.core.directory import DirectoryError
from flask_scim_teams.core.directory import Progress
from flask_scim_teams.core.directory import Snapshot
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.user_plan import UserPolicy
from flask_scim_teams.core.user_plan import UserStep
from flask_scim_teams.services.directory_sync import DirectoryPlan
from flask_scim_teams.services.directory_sync import DirectoryReport
from flask_scim_teams.services.directory_sync import DirectorySync
from flask_scim_teams.services.team_sync import Step
from flask_scim_teams.storage.interface import Caller

#: Makes what syncs under a policy.
Syncs: TypeAlias = Callable[[UserPolicy], DirectorySync]


class CannotStart(click.ClickException):
    """What is configured cannot be used."""

    exit_code = 2


class Unread(click.ClickException):
    """The directory could not be read, and nothing is changed."""

    exit_code = 3


class Suspicious(click.ClickException):
    """What is to be done looks like a mistake, and is not done."""

    exit_code = 4


def sync_command(directories: Mapping[str, DirectorySettings], syncs: Syncs) -> click.Command:
    """Return the command that brings users and teams in line with a directory."""

    @click.command("sync")
    @click.argument("name")
    @click.option("--dry-run", is_flag=True, help="List what would be done, and do nothing.")
    @click.option("--full", is_flag=True, help="Read all, not only what is new.")
    @click.option("--force", is_flag=True, help="Do it even if it looks like a mistake.")
    @json_option
    @with_appcontext
    def sync(name: str, dry_run: bool, full: bool, force: bool, as_json: bool) -> None:
        """Bring users and teams in line with the directory NAME of SCIM_DIRECTORIES.

        What the identity provider has is read first, and nothing is changed if that fails. The exit
        status is 0 if all is done, 1 if something could not be, 2 if the configuration cannot be
        used, 3 if the directory could not be read, and 4 if so much would go that it looks like a
        mistake.
        """
        settings = _settings(directories, name)
        policy = UserPolicy(
            link=settings.link, leavers=settings.leavers, max_leavers=settings.max_leavers
        )
        syncing = syncs(policy)
        caller = Caller(source=f"directory:{name}", tenant=settings.tenant)
        with _progress(name) as progress:
            try:
                since = syncing.checkpoint(caller)
                snapshot = _read(settings, "" if full else since, progress)
                plan = syncing.plan(caller, snapshot, since=since)
                report = None
                if not dry_run and (force or not plan.refusal):
                    report = syncing.apply(caller, plan, force=force, progress=progress)
            except SetupError as error:
                raise CannotStart(str(error)) from None
        if as_json:
            print_json(_document(name, plan, report, dry_run=dry_run))
        else:
            _print(plan, report, dry_run=dry_run)
        if plan.refusal and not force:
            raise Suspicious(
                f"{plan.refusal} That looks like a mistake, and nothing is done. Look at it with "
                "--dry-run, and do it with --force if it is right."
            )
        if not (plan.complete if report is None else report.complete):
            raise click.exceptions.Exit(1)

    return sync


def _settings(directories: Mapping[str, DirectorySettings], name: str) -> DirectorySettings:
    if name in directories:
        return directories[name]
    known = ", ".join(directories) or "none"
    raise click.UsageError(
        f"SCIM_DIRECTORIES has no directory {printable(name)!r:.80}; it has {known}."
    )


def _read(settings: DirectorySettings, checkpoint: str, progress: Progress) -> Snapshot:
    # Loaded when it is used: no server needs it.
    try:
        from flask_scim_teams.connectors.opening import open_directory
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] not in {"httpx", "joserfc"}:
            raise
        raise CannotStart(
            'A directory needs the extra "connectors": pip install "flask-scim-teams[connectors]".'
        ) from None
    try:
        with closing(open_directory(settings)) as directory:
            return directory.read(checkpoint, progress)
    except DirectoryError as error:
        raise Unread(f"{printable(str(error))} Nothing is changed.") from None


def _print(plan: DirectoryPlan, report: DirectoryReport | None, *, dry_run: bool) -> None:
    for step, outcome, detail in _outcomes(plan, report):
        if dry_run or outcome in {"refused", "failed"}:
            click.echo(printable(f"{step.words}: {detail}" if detail else step.words))
    if plan.left_to_scim:
        click.echo(f"{plan.left_to_scim} users are left to SCIM.")
    if dry_run:
        click.echo(f"{_count(sum(step.acts for step in plan.steps))} would be done.")
    elif report is not None:
        done = len(report.users) + len(report.teams.done)
        not_done = len(report.refused) + len(report.failed) + len(report.teams.failed)
        not_done += report.teams_refused
        click.echo(f"{_count(done)} done, {not_done} not.")


def _count(steps: int) -> str:
    return "1 step" if steps == 1 else f"{steps} steps"


def _outcomes(
    plan: DirectoryPlan, report: DirectoryReport | None
) -> Iterator[tuple[UserStep | Step, str, str]]:
    """Yield each step, what became of it, and why."""
    failures: dict[Any, str] = {}
    if report is not None:
        failures = {_key(one.step): one.words for one in report.failed}
        failures |= {_key(one.step): one.words for one in report.teams.failed}
    for step in plan.steps:
        if not step.acts:
            yield step, "left" if plan.is_left(step) else "refused", ""
        elif report is None:
            yield step, "planned", ""
        elif _key(step) in failures:
            yield step, "failed", failures[_key(step)]
        else:
            yield step, "done", ""


def _key(step: UserStep | Step) -> tuple[str, str]:
    return step.verb, step.id if isinstance(step, UserStep) else step.group.id


def _document(
    name: str, plan: DirectoryPlan, report: DirectoryReport | None, *, dry_run: bool
) -> dict[str, Any]:
    return {
        "directory": name,
        "dry_run": dry_run,
        "refusal": plan.refusal or None,
        "left_to_scim": plan.left_to_scim,
        "complete": plan.complete if report is None else report.complete,
        "steps": [
            {
                "on": "user" if isinstance(step, UserStep) else "team",
                "action": step.verb.value,
                "words": step.words,
                "outcome": outcome,
                "detail": detail or None,
            }
            for step, outcome, detail in _outcomes(plan, report)
        ],
    }


@contextmanager
def _progress(title: str) -> Iterator[Progress]:
    """Give a function that is told what is done, and how much of how much."""
    if not sys.stderr.isatty():
        yield lambda _what, _done, _of: None
        return
    with click.progressbar(length=1, label=title, file=sys.stderr) as bar:

        def show(what: str, done: int, of: int) -> None:
            bar.label = f"{title}: {what}"
            bar.length = max(of, 1)
            # Each part begins anew.
            bar.finished = False
            bar.pos = min(bar.pos, done)
            bar.update(done - bar.pos)
            bar.render_progress()

        yield show
