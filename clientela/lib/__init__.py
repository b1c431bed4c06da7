"""Arithmetic and plumbing without a database: everything here can be tested with values alone."""
