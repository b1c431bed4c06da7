"""Log lines: one JSON object each, told apart by request and user id, never by a name."""

from typing import Any

from pythonjsonlogger.json import JsonFormatter

#: What Django and the queue put on a record that may hold a customer's data: never written.
PRIVATE = {"request", "args", "exc_text", "server_time", "job", "task_kwargs", "context"}


class Formatter(JsonFormatter):
    """``{"at": …, "level": …, "logger": …, "message": …}`` plus what the caller gave in ``extra``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            "{asctime}{levelname}{name}{message}",
            style="{",
            rename_fields={"asctime": "at", "levelname": "level", "name": "logger"},
            json_ensure_ascii=False,
            **options,
        )

    def process_log_record(self, log_record: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in log_record.items() if key not in PRIVATE}
