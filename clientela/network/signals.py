"""News of this module. `loop.py` says who listens."""

from django.dispatch import Signal

#: Somebody left. Gives `leaver`, `heir`, `by`, `at`.
user_left = Signal()
#: Somebody lost a role. Gives `user` (as she is without it), `role`, `at`.
role_taken = Signal()
#: Opening hours, rest hours or exceptions of a dealership changed. Gives `dealership`, `at`.
hours_changed = Signal()
