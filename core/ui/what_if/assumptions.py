"""What a replay takes for granted, in plain sentences: those of core.domain.replay; change both together."""

from core.domain.policy import notice_in_words
from core.scheduler.clinic import Clinic
from core.ui.words import _, ngettext


def assumptions(clinic: Clinic) -> list[str]:
    """Each assumption as a sentence."""
    policy = clinic.policy
    return [
        _(
            "The same requests come at the same moments for the same visit types: those that were booked in these days, "
            "at the moment they were booked. An appointment that was moved counts as if it had been booked where it "
            "ended up."
        ),
        _(
            "Who took one of the first three free times of that moment wished to come as soon as possible. Everyone else "
            "wished for the time they took, or the next free one."
        ),
        _(
            "Who came at least twice and always to one doctor keeps to that doctor. Everyone else takes whoever is free "
            "first, a new doctor too; where several are, chance decides."
        ),
        _("The rules of online booking hold: {notice} notice, and times {grid} minutes apart.").format(
            notice=_(notice_in_words(policy.notice_minutes)), grid=policy.grid_minutes
        ),
        ngettext(
            "Who finds no free time within {count} day of their wish goes without.",
            "Who finds no free time within {count} days of their wish goes without.",
            policy.horizon_days,
        ),
        _(
            "Cancellations come when they came and free their time, unless the replay has seen the patient by then. Who "
            "did not come keeps the time all the same."
        ),
        _("What had been booked before the first day stands where it stood. A change holds from the first day on."),
        _(
            "Weekly hours, closures and busy calendars are those that CareSlot knows today for these days: hours that "
            "were replaced since are not remembered."
        ),
        _("A new doctor works the hours, and has the days off, of the doctor you chose."),
        _("Nobody asks for more because there is more to be had."),
        _(
            "The first replay takes the requests as they came. The others draw as many from them by chance, some twice "
            "and some not at all, to show how much is luck. Each is told twice, without and with the change."
        ),
    ]
