"""Who must be contacted, when, by whom and why; and what came of it.

Programmes are data. `planning` turns visits into tasks in one statement a step, `explaining` answers why from
the same conditions, `queue` hands out the next task, and a task's verbs keep what the call brought.
"""
