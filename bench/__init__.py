"""Measures Clientela against floors and peers, all in one run on one database, and prints ratios.

`python -m bench [--small] [NAME...]`; figures of a full run are in FIGURES.md.
"""
