"""The command line: python -m core --help."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from core.bootstrap import App, build, prepare
from core.domain.clock import system_clock
from core.domain.errors import CareSlotError
from core.scheduler.demo.load import DemoSignIns, fill_demo, is_empty
from core.scheduler.migrate import migrate as migrate_database
from core.scheduler.self_check import Check, self_check
from core.settings import Settings, SettingsMissing
from core.worker import Worker

commands = typer.Typer(add_completion=False, no_args_is_help=True, help="CareSlot: clinic appointments.")


def _settings() -> Settings:
    return Settings()  # type: ignore[call-arg]  # every field has its default; the checker takes aliases for required


@contextmanager
def _application() -> Iterator[App]:
    app = build(_settings())
    try:
        yield app
    finally:
        app.close()


def _print_sign_ins(sign_ins: DemoSignIns) -> None:
    print("The demo clinic is ready. Sign in with:")
    width = max(len(email) for _, email, _ in sign_ins)
    for role, email, password in sign_ins:
        print(f"  {role:<10} {email:<{width}}  {password}")


@commands.command("migrate")
def migrate() -> None:
    """Bring the database to the current tables."""
    changed = migrate_database(_settings().database)
    print("The database was brought up to date." if changed else "The database is up to date.")


@commands.command("demo")
def demo(
    doctors: Annotated[int, typer.Option(min=1, max=500)] = 3,
    appointments: Annotated[int | None, typer.Option(min=1, help="A year's worth unless given.")] = None,
    seed: int = 1,
) -> None:
    """Fill an empty database with the demo clinic."""
    settings = _settings()
    if settings.production:
        raise SettingsMissing(problems="The demo clinic has well-known sign-ins.")
    prepare(settings)
    with _application() as app:
        _print_sign_ins(fill_demo(app.store, system_clock, doctors, appointments, seed))


@commands.command("prepare")
def prepare_run() -> None:
    """Make ready to start: migrate, and fill an empty database with the demo clinic unless CARESLOT_DEMO=0."""
    settings = _settings()
    prepare(settings)
    with _application() as app:
        if is_empty(app.store) and settings.wants_demo:
            _print_sign_ins(fill_demo(app.store, system_clock))


@commands.command("worker")
def worker() -> None:
    """Push appointments to calendars until stopped."""
    prepare(_settings())
    with _application() as app:
        running = Worker(app)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: running.stop())
        running.run_forever()


@commands.command("sync")
def sync() -> None:
    """Push once everything that is due, then end."""
    prepare(_settings())
    done = failed = 0
    with _application() as app:
        while (counts := app.sync.run_due()).done + counts.failed:
            done += counts.done
            failed += counts.failed
    print(f"{done} synced, {failed} failed.")
    if failed:
        raise typer.Exit(1)


@commands.command("self-check")
def check() -> None:
    """Look at the database, its rules and contents, and the settings: each line ok or the cure."""
    with _application() as app:
        checks = [*self_check(app.store), _secrets(app.settings)]
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


def main() -> None:
    """Run a command; an expected error is printed as its sentence, with exit code 1."""
    try:
        commands()
    except CareSlotError as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
