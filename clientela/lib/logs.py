"""Log lines: one JSON object each, told apart by request and user id, never by a name."""

import traceback
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

    def formatException(self, exc_info: Any) -> str:  # noqa: N802  logging's name
        """Where it broke and what kind of error it was, without its words: PostgreSQL's quote the row."""
        error: BaseException | None = exc_info[1]
        lines: list[str] = []
        while error is not None:
            kind = f"{type(error).__module__}.{type(error).__qualname__}"
            lines[:0] = [*traceback.format_tb(error.__traceback__), f"{kind}\n"]
            error = error.__cause__ or error.__context__
        return "".join(lines)

    def process_log_record(self, log_record: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in log_record.items() if key not in PRIVATE}
