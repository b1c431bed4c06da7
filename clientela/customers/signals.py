"""News of this module. `loop.py` says who listens."""

from django.dispatch import Signal

#: Visits came in or were corrected. Gives `visit_ids` (list of int), `at`.
visits_changed = Signal()
#: Customers got one more number. Gives `customer_ids` (list of int), `at`.
numbers_added = Signal()
#: Two files are about to become one; a listener may refuse. Gives `merge`, `ledger` (in which it writes what it
#: changes, to be undone with the rest), `at`.
files_merging = Signal()
#: A merge was undone, what could be given back is given back. Gives `merge`, `at`.
files_parted = Signal()
#: A person's data are erased, now. Gives `customer_ids` (list of int), `dealership_id`, `identity`, `at`.
customer_erased = Signal()
#: Somebody wants to know what is held on her. Gives `customer_ids`, `dealership_id`, `identity`; who keeps files
#: answers with a list of `Sighting`.
person_asked = Signal()
#: Somebody wants to know whether the first call after a visit can still be planned. Gives `visit`; who makes the calls
#: answers whether it is over.
first_call_asked = Signal()
#: Visits are about to be taken back, with the run that brought them. Gives `visit_ids` (list of int), `at`.
visits_withdrawn = Signal()
