"""Who we are: the group, its dealerships, their departments, people, roles and hours.

Everything above asks here what a person may do (`permissions`), which dealerships exist for her (`tenancy`)
and when a customer may be called (`calendars`).
"""
