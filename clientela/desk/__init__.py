"""Pages that span modules: today, the call, the customer's whole file, the group side by side.

The desk reads everything and writes nothing: every button posts to the module whose verb it is.
"""
