"""The project as an application of its own: its commands and its templates."""

from django.apps import AppConfig


class ClientelaConfig(AppConfig):
    name = "clientela"

    def ready(self) -> None:
        from clientela import loop

        loop.connect()
