"""The worker: jobs and the clock."""

from typing import Any

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app

from clientela.network import tenancy


class Command(BaseCommand):
    help = "Do the jobs and keep the schedule. Run as many as you like."

    def handle(self, *args: Any, **options: Any) -> None:
        tenancy.require_plain_role()
        with app.replace_connector(app.connector.get_worker_connector()) as working:
            working.run_worker(concurrency=2, install_signal_handlers=True)
