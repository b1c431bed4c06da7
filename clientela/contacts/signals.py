"""News of this module. `loop.py` says who listens."""

from django.dispatch import Signal

#: A task came to its end. Gives `task`, `by`, `at`.
task_concluded = Signal()
