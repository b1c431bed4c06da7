"""What happened, to what, by whom: one line for every fact that a customer's timeline shows.

The journal is written in the transaction of the fact itself and never changed; the page reads it newest first.
"""
