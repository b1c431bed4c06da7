from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "clientela.desk"
