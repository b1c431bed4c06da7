"""Clientela: customer care for car dealerships.

It knows who must be contacted and when, takes the agent through the contact, and proves from its own
records what was done. The modules stand in one stack (docs/architecture.md): calls go down, news goes up.
"""
