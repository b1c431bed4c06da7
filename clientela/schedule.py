"""What follows from the clock: the one page on which recurring work stands."""

from procrastinate import App

from clientela.contacts.tasks import plan_all
from clientela.network.tasks import compile_calendars, forget_old_jobs


def register(app: App) -> None:
    """Called by the queue when it starts."""
    app.periodic(cron="*/15 * * * *")(plan_all)  # every quarter of an hour somewhere a day begins
    app.periodic(cron="30 2 * * *")(compile_calendars)
    app.periodic(cron="10 3 * * *")(forget_old_jobs)
