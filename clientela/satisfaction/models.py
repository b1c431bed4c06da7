"""The answer of one customer about one visit."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.customers.models import Customer, Visit
from clientela.network.models import Dealership, User
from clientela.network.scoping import OfDealerships


class Grade(models.TextChoices):
    """How satisfied the customer said she is (S0-c.2); so-so is not counted as satisfied."""

    SATISFIED = "satisfied", _("Satisfied")
    SO_SO = "so_so", _("So-so")
    DISSATISFIED = "dissatisfied", _("Dissatisfied")


class Response(models.Model):
    """One answer to the short questionnaire `questionnaire`, attributed to the consultant of the visit."""

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    questionnaire = models.CharField(max_length=60)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="responses")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="responses")
    #: Which contact asked: a first and a second call put the same questions about one visit.
    contact = models.CharField(max_length=200, blank=True, default="", db_default="")
    #: The whole: of a questionnaire in sections, the worst of theirs.
    grade = models.CharField(max_length=16, choices=Grade)
    #: What was answered to each item of the questionnaire: its code, and a grade.
    answers = models.JSONField(default=dict)
    #: Questions answered in words, by their code; one without an answer was not asked.
    texts = models.JSONField(default=dict)
    #: Why a required one was not obtained (S1-4.4b).
    not_obtained = models.CharField(max_length=300, blank=True)
    #: The question as it was put: a later edit of the script does not change what she answered.
    asked = models.TextField(blank=True)
    words = models.TextField(blank=True)
    consultant_name = models.CharField(max_length=120, blank=True)
    answered_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = OfDealerships["Response"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["visit", "questionnaire", "contact"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="response_once_a_contact",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_grade_display()} {self.answered_at:%Y-%m-%d}"
