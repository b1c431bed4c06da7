"""Why a file as a whole is turned away, in words that say how to mend it."""

from django.utils.translation import gettext_lazy as _

from clientela.imports.reasons import CodedRefusal

MEBIBYTE = 1024 * 1024

LARGEST_FILE = 512 * MEBIBYTE
LARGEST_UNPACKED = 2048 * MEBIBYTE
#: Honest workbooks pack 10 to 50 times; a bomb packs a thousand times.
LARGEST_RATIO = 200
MOST_COLUMNS = 500
LONGEST_LINE = 256 * 1024
LONGEST_CELL = 64 * 1024
MOST_LINES_IN_A_CELL = 500

SENTENCES = {
    "empty": _("The file is empty. Export it again and check that it has rows."),
    "too_large": _("The file is larger than %(limit)s MiB. Split it into several files."),
    "not_a_table": _("This is another kind of file (%(found)s), not a table. Save the table as .xlsx or .csv."),
    "web_page": _(
        "This is a web page or XML, whatever its name says. "
        "Open it in a spreadsheet program, save it as .xlsx and send that."
    ),
    "binary": _("The file holds no readable text. Save the table as .xlsx or .csv and send that."),
    "unknown_encoding": _(
        "The letters in this file cannot be made out. Save it as “CSV UTF-8” or .xlsx and send that."
    ),
    "no_header": _(
        "No line with the names of the columns was found in the first %(lines)s lines. "
        "Put the names of the columns above the rows."
    ),
    "no_such_header": _("There is no line %(line)s with names of columns."),
    "no_such_sheet": _("The workbook has no sheet of this name."),
    "no_rows": _("There are no rows under the names of the columns."),
    "too_many_columns": _("The table has more than %(limit)s columns. Remove those not needed."),
    "line_too_long": _("Line %(line)s is longer than any row can be. Is this really a table?"),
    "unclosed_quote": _('The quotation mark (") in line %(line)s is never closed. Close or remove it.'),
    "zip_bomb": _("Unpacked, this workbook would be suspiciously large. It was not opened."),
    "too_much_to_unpack": _(
        "This workbook takes too much memory or time to open. Save the sheet as CSV and send that."
    ),
    "encrypted": _("The workbook is protected with a password. Save it without one and send that."),
    "damaged_workbook": _("The workbook is damaged or of an unknown kind. Save it again as .xlsx."),
    "no_sheet": _("The workbook has no sheet with cells, only charts or macros."),
}


class UnreadableFile(CodedRefusal):
    """A dealer's file that cannot be read as a table at all."""

    sentences = SENTENCES
