"""The composition root: builds the application from its settings, once per process."""

from dataclasses import dataclass

from core.calendars.registry import CalendarRegistry
from core.calendars.sync import CalendarSync
from core.domain.clock import Clock, system_clock
from core.scheduler.accounts import Accounts
from core.scheduler.booking import AppointmentScheduler
from core.scheduler.links import CalendarLinks
from core.scheduler.migrate import migrate
from core.scheduler.notes import MedicalNotes
from core.scheduler.patients import Patients
from core.scheduler.schedule import Schedule
from core.scheduler.setup import ClinicSetup
from core.scheduler.store import Store, open_engine
from core.settings import Settings


@dataclass(frozen=True)
class App:
    """Everything that pages and commands need, wired together; safe to share by threads."""

    settings: Settings
    clock: Clock
    store: Store
    scheduler: AppointmentScheduler
    accounts: Accounts
    patients: Patients
    notes: MedicalNotes
    setup: ClinicSetup
    schedule: Schedule
    links: CalendarLinks
    registry: CalendarRegistry
    sync: CalendarSync

    def close(self) -> None:
        """Stop what this process started and close the database."""
        self.registry.stop()
        self.store.dispose()


def prepare(settings: Settings) -> None:
    """Bring the database to the current tables; raises SettingsMissing where production lacks something."""
    settings.refuse_unfit()
    migrate(settings.database)


def build(settings: Settings, clock: Clock = system_clock) -> App:
    """The application on a prepared database. Starts nothing: the built-in calendar server waits for its first need."""
    store = Store(open_engine(settings.database))
    links = CalendarLinks(store, clock)
    registry = CalendarRegistry(settings, clock)
    return App(
        settings=settings,
        clock=clock,
        store=store,
        scheduler=AppointmentScheduler(store, clock),
        accounts=Accounts(store, clock),
        patients=Patients(store, clock),
        notes=MedicalNotes(store, clock),
        setup=ClinicSetup(store, clock),
        schedule=Schedule(store, clock),
        links=links,
        registry=registry,
        sync=CalendarSync(links, registry, clock),
    )
