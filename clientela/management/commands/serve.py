"""Web and worker together, until Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from types import FrameType
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Migrate, start web and worker, print where they are, and stop both on Ctrl-C. PORT is honoured."

    def handle(self, *args: Any, **options: Any) -> None:
        migrate()
        serve(self.stdout.write)


def migrate() -> None:
    """Bring the tables up to date, as their owner."""
    call_command("migrate", database="owner", verbosity=0, interactive=False)


def serve(say: Any, after: Any = None) -> None:
    """Start web and worker, say when they answer, and wait. Whoever of them ends, ends all."""
    port = os.environ.get("PORT", "8000")
    host = os.environ.get("HOST", "127.0.0.1")
    _refuse_taken(host, int(port))
    workers = os.environ.get("WEB_CONCURRENCY", str(os.cpu_count() or 2))
    web = [
        sys.executable,
        "-m",
        "gunicorn",
        "clientela.wsgi",
        "--bind",
        f"{host}:{port}",
        "--workers",
        workers,
    ]
    quiet = ["--log-level", "warning", "--timeout", "60"]
    children = [
        subprocess.Popen([*web, *quiet], start_new_session=True),
        subprocess.Popen([sys.executable, "-m", "clientela", "worker"], start_new_session=True),
    ]
    ending = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ending.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}/health/", children, ending)
        if not ending.is_set():
            say(f"ready: http://127.0.0.1:{port}")
            if after:
                after()
            sys.stdout.flush()
        while not ending.wait(0.5):
            if any(child.poll() is not None for child in children):
                raise CommandError("A process ended by itself; its last words stand above.")
    finally:
        _stop(children)


def _refuse_taken(host: str, port: int) -> None:
    """Whoever answers there already would be taken for us."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"Port {port} cannot be used: {error.strerror}. Set PORT to another one.") from None


def _wait_until_ready(url: str, children: list[subprocess.Popen[bytes]], ending: threading.Event) -> None:
    for _attempt in range(240):
        if ending.is_set():
            return
        if any(child.poll() is not None for child in children):
            raise CommandError(f"Could not start at {url}; is the port taken? Set PORT to another one.")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  our own address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    raise CommandError(f"{url} did not answer within a minute.")


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
