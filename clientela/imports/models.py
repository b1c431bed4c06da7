"""A run: one dealer's file on its way in, and the rows it could not take."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User
from clientela.network.scoping import OfDealerships

from .arriving import Doubt
from .cells import BadCell


class Run(models.Model):
    """A file that was given to us. `counts` is what the rehearsal, then the import, found."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")
        REHEARSED = "rehearsed", _("rehearsed")
        IMPORTING = "importing", _("importing")
        DONE = "done", _("imported")
        FAILED = "failed", _("cannot be imported")

    MOVES: ClassVar[dict[str, set[str]]] = {
        State.UPLOADED: {State.REHEARSED, State.DONE, State.FAILED},
        State.REHEARSED: {State.IMPORTING},
        State.IMPORTING: {State.DONE, State.FAILED},
        State.DONE: set(),
        State.FAILED: set(),
    }

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=400)
    state = models.CharField(max_length=12, choices=State, default=State.UPLOADED)
    kind = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
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

    def move(self, to: str, **facts: object) -> None:
        """Change the state if MOVES has it and nobody was faster."""
        if to not in self.MOVES[self.state]:
            raise Refusal(_("This file was already dealt with."))
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
