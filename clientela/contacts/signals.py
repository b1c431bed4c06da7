"""News of this module. `loop.py` says who listens."""

from django.dispatch import Signal

#: A task came to its end. Gives `task`, `by`, `at`.
task_concluded = Signal()

#: A talking point was heard on a call. Gives `point`, `by`, `at`.
point_recorded = Signal()

#: A talking point came to its end, or was taken back with its call (`point.withdrawn_at`). Gives `point`, `by`, `at`.
point_closed = Signal()
