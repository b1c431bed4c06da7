"""A run: one dealer's file on its way in, the rows it could not take, and how such files are read."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User
from clientela.network.scoping import OfDealerships

from .arriving import Doubt
from .cells import BadCell


class Mapping(models.Model):
    """How one source's files are read in one house: saved once, used whenever a file has the same header."""

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    #: The header's names in order, as they stand in the file.
    header = models.JSONField()
    #: As `Run.chosen`, complete.
    chosen = models.JSONField(default=dict)
    used_at = models.DateTimeField(null=True)

    objects = OfDealerships["Mapping"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["dealership", "name"],
                name="mapping_named_once",
                violation_error_message=_("There is already a mapping of this name."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """A file that was given to us. `counts` is what the rehearsal, then the import, found."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")
        REHEARSED = "rehearsed", _("rehearsed")
        IMPORTING = "importing", _("importing")
        DONE = "done", _("imported")
        FAILED = "failed", _("cannot be imported")
        UNDONE = "undone", _("taken back")

    MOVES: ClassVar[dict[str, set[str]]] = {
        State.UPLOADED: {State.UPLOADED, State.REHEARSED, State.DONE, State.FAILED},
        State.REHEARSED: {State.IMPORTING, State.UPLOADED, State.FAILED},
        State.IMPORTING: {State.DONE, State.FAILED},
        State.DONE: {State.UNDONE},
        State.FAILED: {State.UPLOADED},
        State.UNDONE: set(),
    }

    class Origin(models.TextChoices):
        UPLOAD = "upload", _("uploaded")
        COMMAND = "command", _("by command")
        FOLDER = "folder", _("from the drop folder")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=400)
    state = models.CharField(max_length=12, choices=State, default=State.UPLOADED)
    kind = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.UPLOAD)
    #: The file's own SHA-256, to say that the same one was already given.
    digest = models.CharField(max_length=64, blank=True)
    mapping = models.ForeignKey("Mapping", null=True, blank=True, on_delete=models.SET_NULL, related_name="runs")
    #: Whose refused rows this file brings back mended: it is read as that one was.
    like = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="mended")
    #: What a person chose over what was detected: encoding, delimiter, header_line, kind, columns, dates, numbers,
    #: names, source, source_note.
    chosen = models.JSONField(default=dict)
    #: How far a job has come: lines read, of about how many; the page asks while it is at work.
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reading = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    problem = models.TextField(blank=True)

    objects = OfDealerships["Run"].as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def is_at_work(self) -> bool:
        return self.state in {self.State.UPLOADED, self.State.IMPORTING}

    @property
    def good(self) -> int:
        """Rows that can come in, or came."""
        return int(self.counts.get("rows", 0)) - int(self.counts.get("refused", 0))

    def refuse_unless_it_may_become(self, state: str) -> None:
        if state not in self.MOVES[self.state]:
            raise Refusal(_("This file was already dealt with."))

    def move(self, to: str, **facts: object) -> None:
        """Change the state if MOVES has it and nobody was faster."""
        self.refuse_unless_it_may_become(to)
        if not Run.objects.filter(pk=self.pk, state=self.state).update(state=to, **facts):
            raise Refusal(_("Somebody else has just dealt with this file."))
        self.refresh_from_db()


class Remark(models.Model):
    """A row that was refused, or taken with a warning: its line, the column and the reason."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="remarks")
    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    refused = models.BooleanField()
    line = models.IntegerField()
    column = models.CharField(max_length=200)
    code = models.CharField(max_length=60)
    value = models.TextField(blank=True)
    who = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict)
    #: Somebody looked at the warning and put it right, or let it be.
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = OfDealerships["Remark"].as_manager()

    class Meta:
        ordering = ("line", "id")

    def __str__(self) -> str:
        return f"{self.line}: {self.column} {self.code}"

    @property
    def sentence(self) -> str:
        """The reason in the reader's language."""
        kind = BadCell if self.refused else Doubt
        return kind(self.code, **self.facts).sentence


class RefusedLine(models.Model):
    """A refused row as it came, cell by cell: the file to mend is made of these."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="refused_lines")
    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    line = models.IntegerField()
    cells = models.JSONField()

    objects = OfDealerships["RefusedLine"].as_manager()

    class Meta:
        ordering = ("line", "id")

    def __str__(self) -> str:
        return f"{self.run_id}:{self.line}"
