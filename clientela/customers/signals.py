"""News of this module. `loop.py` says who listens."""

from django.dispatch import Signal

#: Visits came in or were corrected. Gives `visit_ids` (list of int), `at`.
visits_changed = Signal()
#: Customers got one more number. Gives `customer_ids` (list of int), `at`.
numbers_added = Signal()
