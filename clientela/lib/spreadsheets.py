"""Cells that a spreadsheet will open."""

#: A cell that begins so is a formula to a spreadsheet, whoever wrote it; so are the wide forms of Chinese files.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def harmless(text: str) -> str:
    """The text, marked as one if a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
