"""Chile: 1.234,50. Django has no locale of its own for it and would write as Spain does."""

DECIMAL_SEPARATOR = ","
THOUSAND_SEPARATOR = "."
NUMBER_GROUPING = 3
