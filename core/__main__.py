"""The command line: python -m core --help."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from core.backup.make import make_backup
from core.backup.restore import restore_backup
from core.bootstrap import App, Ready, build, make_ready, prepare
from core.calendars.health_check import check_calendars
from core.calendars.report_lines import report_lines
from core.calendars.seal import new_key
from core.domain.clock import system_clock
from core.domain.errors import CareSlotError
from core.domain.principal import SYSTEM, Role
from core.scheduler.database_copy import clinic_revision
from core.scheduler.database_errors import expected_error
from core.scheduler.demo.load import fill_demo
from core.scheduler.migrate import migrate as migrate_database
from core.scheduler.migrate import refuse_other
from core.scheduler.self_check import Check, self_check
from core.scheduler.statistics import prove
from core.settings import Settings, SettingsMissing, read_settings
from core.telemetry import logs
from core.telemetry.unexpected import report
from core.worker import Worker

commands = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # they may hold passwords and patients
    help="CareSlot: clinic appointments.",
)


@contextmanager
def _application(settings: Settings | None = None) -> Iterator[App]:
    app = build(settings or read_settings())
    try:
        yield app
    finally:
        app.close()


@commands.command("migrate")
def migrate() -> None:
    """Bring the database to the current tables."""
    settings = read_settings()
    settings.refuse_unfit()
    changed = migrate_database(settings.database)
    print("The database was brought up to date." if changed else "The database is up to date.")


@commands.command("demo")
def demo(
    doctors: Annotated[int, typer.Option(min=1, max=500)] = 3,
    appointments: Annotated[int | None, typer.Option(min=1, help="A year's worth unless given.")] = None,
    seed: int = 1,
) -> None:
    """Fill an empty database with the demo clinic."""
    settings = read_settings()
    if settings.production:
        raise SettingsMissing(problems="The demo clinic has well-known sign-ins.")
    prepare(settings)
    with _application(settings) as app:
        _say(Ready(fill_demo(app.store, system_clock, doctors, appointments, seed), None))


@commands.command("prepare")
def prepare_run() -> None:
    """Make ready to start: migrate, fill an empty database with the demo clinic unless CARESLOT_DEMO=0, say how to sign in."""
    _say(make_ready(read_settings(), system_clock))


def _say(ready: Ready) -> None:
    for line in ready.lines():
        print(line)


_PasswordFromInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@commands.command("create-account")
def create_account(
    role: Annotated[str, typer.Option(help="doctor, reception or manager")],
    email: Annotated[str, typer.Option()],
    name: Annotated[str, typer.Option()],
    password_stdin: _PasswordFromInput = False,
) -> None:
    """Add a member of staff; the password is asked for, never given as an argument."""
    password = _new_password(password_stdin)
    with _prepared() as app:
        app.accounts.create_account(SYSTEM, email, password, _role(role), name)
    print("The account was created.")


@commands.command("set-password")
def set_password(
    email: Annotated[str, typer.Option()],
    password_stdin: _PasswordFromInput = False,
) -> None:
    """Give an account a new password and sign it out everywhere; the password is asked for, never given as an argument."""
    password = _new_password(password_stdin)
    with _prepared() as app:
        active = app.accounts.set_password(SYSTEM, email, password)
    print("The password was changed.")
    if not active:
        print("This account is closed: it can't sign in until a manager reopens it on the page Setup, under Staff.")


def _new_password(from_input: bool) -> str:
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _role(name: str) -> Role:
    # Which roles an account may have is the use case's to say; here only that it is one at all.
    return Role(name) if name in set(Role) else Role.ANONYMOUS


@contextmanager
def _prepared() -> Iterator[App]:
    settings = read_settings()
    prepare(settings)
    with _application(settings) as app:
        yield app


@commands.command("worker")
def worker() -> None:
    """Push appointments to calendars until stopped."""
    with _prepared() as app:
        running = Worker(app)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: running.stop())
        running.run_forever()


@commands.command("sync")
def sync(
    check: Annotated[
        bool, typer.Option("--check", help="Push nothing: compare all calendars completely; exit 1 where one differs.")
    ] = False,
) -> None:
    """Push once everything that is due, then end."""
    with _prepared() as app:
        if check:
            _compare_calendars(app)
            return
        counts = app.sync.run_all()
    print(f"{counts.done} synced, {counts.failed} failed.")
    if counts.failed:
        raise typer.Exit(1)


def _compare_calendars(app: App) -> None:
    reports = []
    for compared in app.check.run(SYSTEM):
        reports.append(compared)
        for line in report_lines(compared):
            print(line)
    if not all(compared.in_step for compared in reports):
        raise typer.Exit(1)


@commands.command("stats")
def stats(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make the figures anew after comparing them.")] = False,
) -> None:
    """Compare the clinic's kept figures with what its appointments say; exit 1 where they differ."""
    with _prepared() as app:
        differing = prove(app.store, rebuild=rebuild)
    for table, rows in differing.items():
        print(f"{table}: {'equal' if not rows else f'{rows} rows differ'}")
    if rebuild:
        print("The figures were made anew.")
    if any(differing.values()):
        raise typer.Exit(1)


@commands.command("calendar-key")
def calendar_key() -> None:
    """Print a new key for CALENDAR_KEY, under which tokens and passwords of calendars are kept."""
    print(new_key())


@commands.command("backup")
def backup(
    target: Annotated[Path, typer.Argument(help="A folder, or the name of a file that is not there yet.")],
    keep: Annotated[int | None, typer.Option(min=1, help="Leave only so many backups in the folder.")] = None,
) -> None:
    """Back up everything into one file, while the clinic runs; encrypted if BACKUP_KEY is set."""
    made = make_backup(read_settings(), system_clock, target, keep)
    print(f"Backed up and checked: {made} ({made.stat().st_size:,} bytes)")


@commands.command("restore")
def restore(archive: Annotated[Path, typer.Argument(help="A file made by backup.")]) -> None:
    """Put a backup in the place of what is there, which is kept aside; only while the clinic is stopped."""
    done = restore_backup(read_settings(), system_clock, archive)
    print(f"Restored from the backup of {done.made_at:%Y-%m-%d %H:%M} UTC.")
    for kept in done.kept:
        print(f"What was there is kept: {kept}")
    print("Calendars wait until a manager goes on, on the page Calendars, or by: python -m core resume")


@commands.command("resume")
def resume() -> None:
    """Let syncing go on after a restore or a pause; what differs from a calendar is put right."""
    settings = read_settings()
    refuse_other(clinic_revision(settings.database))
    with _application(settings) as app:
        app.calendars.resume(SYSTEM)
        print(f"Syncing goes on. {app.links.pending()} events are compared with their calendars.")


@commands.command("self-check")
def check() -> None:
    """Look at the database, its rules and contents, the calendars and the secrets: each line ok or the cure."""
    with _application() as app:
        checks = self_check(app.store)
        if checks[0].ok:  # which calendars there are stands in the database
            checks += check_calendars(app.store, app.registry)
        checks.append(_secrets(app.settings))
    for entry in checks:
        print(f"{entry.name}: {'ok' if entry.ok else entry.cure}")
    if not all(entry.ok for entry in checks):
        raise typer.Exit(1)


def _secrets(settings: Settings) -> Check:
    try:
        settings.refuse_unfit()
    except SettingsMissing as problem:
        return Check("secrets", ok=False, cure=str(problem))
    return Check("secrets", ok=True)


@contextmanager
def _cleared_away() -> Iterator[None]:
    """SIGTERM ends a command as sys.exit would, so that what it began is cleared away: a copy of all data may be there."""

    def end(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # a second one does not cut the clearing short
        sys.exit(128 + number)  # as a shell tells of it

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def main() -> None:
    """Run a command; an expected error is printed as its sentence, any other as a reference, with exit code 1."""
    try:
        settings = read_settings()
        logs.configure(json=settings.json_logs, level=settings.log_level)
        with nullcontext() if sys.argv[1:2] == ["worker"] else _cleared_away():  # a worker ends in its own way
            commands()
    except CareSlotError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - a traceback's last line may quote a patient's details
        if (known := expected_error(error)) is not None:
            print(known, file=sys.stderr)
            sys.exit(1)
        print(f"Something went wrong, reference {report(error, 'command')}.", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
