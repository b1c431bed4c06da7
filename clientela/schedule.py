"""What follows from the clock: the one page on which recurring work stands."""

from procrastinate import App

from clientela.contacts.tasks import level_all, plan_all
from clientela.customers.tasks import find_all_duplicates
from clientela.imports.tasks import forget_old_files, go_on, take_dropped
from clientela.network.tasks import compile_calendars, forget_old_jobs


def register(app: App) -> None:
    """Called by the queue when it starts."""
    app.periodic(cron="*/15 * * * *")(plan_all)  # every quarter of an hour somewhere a day begins
    app.periodic(cron="*/15 * * * *")(take_dropped)
    app.periodic(cron="*/5 * * * *")(go_on)
    app.periodic(cron="20 * * * *")(level_all)  # every hour it is night somewhere
    app.periodic(cron="30 2 * * *")(compile_calendars)
    app.periodic(cron="50 2 * * *")(find_all_duplicates)
    app.periodic(cron="10 3 * * *")(forget_old_jobs)
    app.periodic(cron="40 3 * * *")(forget_old_files)
