"""Intake: typed rows become customers, vehicles and visits, set-wise, in one transaction; safe to repeat.

Rows are matched before anything is opened: a vehicle by VIN, else plate, else the visit already known; a customer
by the visit already known, else by the same name together with a shared phone, e-mail, birth date or vehicle.
Rows of one file that are the same customer by that rule become one. In which order rows and files come makes no
difference: of what differs the latest delivery is believed.
"""

from .customers import source_of
from .receipt import Count, Receipt
from .receiving import receive, stage

__all__ = ["Count", "Receipt", "receive", "source_of", "stage"]
