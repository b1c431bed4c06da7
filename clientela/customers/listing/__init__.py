"""Lists of a house's customers and vehicles: what can be asked of them, in which order, and what each row shows.

A list is its address: filters, sorting and columns stand there, so that it can be kept, sent and exported as seen.
"""

from .cars import VEHICLES
from .table import Asked, Cell, Column, Count, Line, List, Sort, count
from .who import CUSTOMERS

LISTS = {listed.code: listed for listed in (CUSTOMERS, VEHICLES)}

__all__ = ["CUSTOMERS", "LISTS", "VEHICLES", "Asked", "Cell", "Column", "Count", "Line", "List", "Sort", "count"]
