"""The composition root: builds the application from its settings, once per process."""

from contextlib import suppress
from dataclasses import dataclass

from core.calendars.check import CalendarCheck
from core.calendars.connecting import Connecting
from core.calendars.pull import CalendarPull
from core.calendars.rates import Rates
from core.calendars.registry import CalendarRegistry
from core.calendars.seal import Seal
from core.calendars.sync import CalendarSync
from core.calendars.watch import CalendarWatch
from core.domain.clock import Clock, system_clock
from core.reports.reports import Reports
from core.reports.what_if import WhatIf
from core.scheduler.accounts import Accounts
from core.scheduler.booking import AppointmentScheduler
from core.scheduler.calendar_health import CalendarHealth
from core.scheduler.channels import CalendarChannels
from core.scheduler.checks import CalendarChecks
from core.scheduler.clinic_calendars import ClinicCalendars
from core.scheduler.connections import Connections
from core.scheduler.consents import Consents
from core.scheduler.decisions import CalendarDecisions
from core.scheduler.demo.load import DatabaseNotEmpty, DemoSignIns, demo_sign_ins, fill_demo, is_empty
from core.scheduler.feeds import Feeds
from core.scheduler.first_manager import FirstManager, ManagerExists, invite
from core.scheduler.links import CalendarLinks
from core.scheduler.migrate import migrate
from core.scheduler.notes import MedicalNotes
from core.scheduler.own_calendar import OwnCalendar
from core.scheduler.patient_notices import PatientNotices
from core.scheduler.patients import Patients
from core.scheduler.pulls import CalendarPulls
from core.scheduler.registration import Registration
from core.scheduler.schedule import Schedule
from core.scheduler.setup import ClinicSetup
from core.scheduler.snapshots import Snapshots
from core.scheduler.store import Store, open_engine
from core.scheduler.stored_sign_ins import StoredSignIns
from core.scheduler.tickets import SignInTickets
from core.settings import Settings, SettingsMissing

DEVELOPMENT_ADDRESS = "http://localhost:8501"


@dataclass(frozen=True)
class App:
    """Everything that pages and commands need, wired together; safe to share by threads."""

    settings: Settings
    clock: Clock
    store: Store
    scheduler: AppointmentScheduler
    accounts: Accounts
    registration: Registration
    tickets: SignInTickets
    first_manager: FirstManager
    patients: Patients
    notes: MedicalNotes
    setup: ClinicSetup
    schedule: Schedule
    calendars: ClinicCalendars
    own_calendar: OwnCalendar
    connections: Connections
    connecting: Connecting
    links: CalendarLinks
    registry: CalendarRegistry
    sync: CalendarSync
    pull: CalendarPull
    check: CalendarCheck
    health: CalendarHealth
    channels: CalendarChannels
    watch: CalendarWatch
    feeds: Feeds
    decisions: CalendarDecisions
    notices: PatientNotices
    reports: Reports
    what_if: WhatIf
    snapshots: Snapshots

    def close(self) -> None:
        """Stop what this process started and close the database."""
        self.registry.stop()
        self.store.dispose()


@dataclass(frozen=True)
class Ready:
    """What whoever started CareSlot should be told: a demo clinic's sign-ins, or where to create the first manager."""

    sign_ins: DemoSignIns | None
    first_manager_address: str | None

    def lines(self) -> list[str]:
        """The same for a terminal; nothing where everybody knows how to sign in."""
        lines = []
        if self.sign_ins:
            width = max(len(email) for _, email, _ in self.sign_ins)
            lines = ["The demo clinic is ready. Sign in with:"]
            lines += [f"  {role:<10} {email:<{width}}  {password}" for role, email, password in self.sign_ins]
        if self.first_manager_address:
            lines += ["Nobody manages this clinic yet. Create the first manager within 24 hours, here:"]
            lines += [f"  {self.first_manager_address}"]
        return lines


def prepare(settings: Settings) -> None:
    """Bring the database to the current tables; raises SettingsMissing where production lacks something."""
    settings.refuse_unfit()
    migrate(settings.database)


def make_ready(settings: Settings, clock: Clock = system_clock, address: str = DEVELOPMENT_ADDRESS) -> Ready:
    """Prepare, fill an empty database with the demo clinic where that is wanted, and invite a manager where none is.

    Any number of processes may do so at once; each gets an address of its own to show, below PUBLIC_URL or, where that
    is not set, below `address`. Raises SettingsMissing where
    production lacks something, or would run on the demo clinic.
    """
    prepare(settings)
    store = Store(open_engine(settings.database))
    try:
        if settings.wants_demo and is_empty(store):
            with suppress(DatabaseNotEmpty):  # another process filled it meanwhile
                fill_demo(store, clock)
        sign_ins = demo_sign_ins(store)
        if sign_ins is not None and settings.production:
            raise SettingsMissing(problems="The database holds the demo clinic, whose sign-ins are well known.")
        try:
            token = invite(store, clock)
        except ManagerExists:
            return Ready(sign_ins, None)
        public = (settings.public_url or address).rstrip("/")
        return Ready(sign_ins, f"{public}/welcome?token={token}")
    finally:
        store.dispose()


def build(settings: Settings, clock: Clock = system_clock) -> App:
    """The application on a prepared database. Starts nothing: the built-in calendar server waits for its first need."""
    store = Store(open_engine(settings.database))
    links = CalendarLinks(store, clock)
    registry = CalendarRegistry(settings, clock, StoredSignIns(store))
    connections = Connections(store, clock, Seal(settings.calendar_key))
    scheduler = AppointmentScheduler(store, clock)
    channels = CalendarChannels(store, clock)
    rates = Rates(clock, settings.google_requests_per_minute)
    pulls = CalendarPulls(store, clock, scheduler)
    pull = CalendarPull(pulls, registry, clock, rates)
    return App(
        settings=settings,
        clock=clock,
        store=store,
        scheduler=scheduler,
        accounts=Accounts(store, clock),
        registration=Registration(store, clock),
        tickets=SignInTickets(store, clock),
        first_manager=FirstManager(store, clock),
        patients=Patients(store, clock),
        notes=MedicalNotes(store, clock),
        setup=ClinicSetup(store, clock),
        schedule=Schedule(store, clock),
        calendars=ClinicCalendars(store, clock),
        own_calendar=OwnCalendar(store, clock),
        connections=connections,
        connecting=Connecting(settings, connections, Consents(store, clock), registry, clock),
        links=links,
        registry=registry,
        sync=CalendarSync(links, registry, clock, rates),
        decisions=CalendarDecisions(store, clock, scheduler),
        notices=PatientNotices(store, clock),
        pull=pull,
        health=CalendarHealth(store, clock),
        check=CalendarCheck(CalendarChecks(store, clock), pull, pulls, registry, clock, rates),
        channels=channels,
        watch=CalendarWatch(channels, registry, settings.public_url, clock),
        feeds=Feeds(store, clock),
        reports=Reports(store, clock),
        what_if=WhatIf(store, clock),
        snapshots=Snapshots(store, clock),
    )
