"""A file for every customer and every car, and the visits that start contacts.

A visit is the pivot: delivery, workshop order or hand-over, it is one row that contacts and satisfaction know;
`intake` matches or opens the customer and the vehicle behind it and is safe to repeat.
"""
