"""Letters: the register, writing one, its copy on paper, its answer; and the templates letters begin with (S1-4.8)."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clientela.customers.models import Customer
from clientela.network.models import Dealership
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import letters, register_forms, registers
from .models import Letter, LetterTemplate
from .register_views import SEE, asked_of, house_of, page_facts, tabs

CALL, EDIT = Permission.CALL, Permission.EDIT_PROGRAMMES


@require_safe
@allowed(SEE)
def listed(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """The letter register (form 4)."""
    house = house_of(request)
    facts = page_facts(request, asked_of(request, house, registers.LETTERS), tab="letters")
    facts |= {"rows": facts["page"].rows, "may_edit": request.user.may(EDIT, house.pk)}
    return TemplateResponse(request, "contacts/letters.html", facts, status=facts["status"])


@allowed(CALL)
def write(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Write a letter to a customer: first to be looked at, then issued."""
    people = Customer.objects.visible_to(request.user, CALL).select_related("dealership")
    customer = get_object_or_404(people, pk=pk, merged_into=None, erased_at=None)
    house, at = customer.dealership, timezone.now()
    begin = register_forms.BeginForm(request.GET if "template" in request.GET else None, house=house)
    letter = Letter(dealership=house, customer=customer, language=customer.language or house.locale)
    form = register_forms.LetterForm(
        request.POST or None, instance=letter, initial=_beginning(request, begin, customer, house)
    )
    is_good = form.is_bound and form.is_valid()
    if is_good and "issue" in request.POST:
        kept = letters.issue(form.instance, by=request.user, at=at)
        messages.success(request, _("Issued as no. %(number)s. Its copy is kept as it is.") % {"number": kept})
        return redirect("contacts:letter", kept.pk)
    facts = {
        "customer": customer,
        "form": form,
        "begin": begin,
        "preview": form.instance if is_good else None,
        "house": house,
        "printed_on": house.today(at),
        "tab": "letters",
        **tabs(house, request),
    }
    return TemplateResponse(request, "contacts/letter_new.html", facts, status=200 if not form.errors else 422)


def _beginning(request: AuthenticatedHttpRequest, begin: Any, customer: Customer, house: Dealership) -> dict[str, Any]:
    held = customer.ownerships.filter(to_on=None).select_related("vehicle").order_by("-from_on", "-pk").first()
    car = held.vehicle if held else None
    first = {
        "key": str(uuid4()),
        "addressee": customer.spoken_name,
        "address": customer.address,
        "vehicle": car.pk if car else None,
    }
    template = begin.cleaned_data.get("template") if begin.is_bound and begin.is_valid() else None
    if template:
        first |= letters.begun(template, customer, car, by=request.user, at=timezone.now())
    return first


@require_safe
@allowed(SEE)
def letter(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """A letter as it left the house, and what came back."""
    return _letter_page(request, _letter(request, pk))


def _letter_page(
    request: AuthenticatedHttpRequest, found: Letter, *, status: int = 200, **forms: Any
) -> HttpResponseBase:
    house = found.dealership
    facts = {
        "letter": found,
        "house": house,
        "may_answer": request.user.may(CALL, house.pk),
        "answer_form": register_forms.LetterAnswerForm(
            initial={"answered_on": found.answered_on or house.today(timezone.now()), "answer": found.answer}
        ),
        "tab": "letters",
        **tabs(house, request),
        **forms,
    }
    return TemplateResponse(request, "contacts/letter.html", facts, status=status)


def _letter(request: AuthenticatedHttpRequest, pk: int, right: Permission = SEE) -> Letter:
    rows = Letter.objects.visible_to(request.user, right).select_related("dealership", "customer", "vehicle", "by")
    return get_object_or_404(rows.select_related("answer_by"), pk=pk)


@require_safe
@allowed(SEE)
def print_letter(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """The letter on the house's paper, in the language it was written in."""
    found = _letter(request, pk)
    facts = {
        "letter": found,
        "house": found.dealership,
        "paper_language": found.language,
        "back": reverse("contacts:letter", args=[pk]),
        "on": found.dealership.today(found.at),
    }
    with translation.override(found.language):
        return TemplateResponse(request, "contacts/paper_letter.html", facts).render()


@require_POST
@allowed(CALL)
def answer_letter(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """The customer answered."""
    found = _letter(request, pk, CALL)
    form = register_forms.LetterAnswerForm(request.POST)
    if not form.is_valid():
        return _letter_page(request, found, status=422, answer_form=form)
    given = form.cleaned_data
    letters.note_answer(found, given["answered_on"], given["answer"], by=request.user, at=timezone.now())
    messages.success(request, _("The answer is noted."))
    return redirect("contacts:letter", pk)


# Templates -----------------------------------------------------------------------------------------------


@require_safe
@allowed(EDIT)
def templates(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """What letters begin with."""
    house = house_of(request, EDIT)
    facts = {
        "rows": LetterTemplate.objects.filter(dealership=house).order_by("retired", "kind", "name"),
        "tab": "letters",
        **tabs(house, request),
    }
    return TemplateResponse(request, "contacts/letter_templates.html", facts)


@allowed(EDIT)
def new_template(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """A new template."""
    house = house_of(request, EDIT)
    return _template_page(request, LetterTemplate(dealership=house), house)


@allowed(EDIT)
def template(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Change a template. Letters that were issued stay as they are."""
    rows = LetterTemplate.objects.visible_to(request.user, EDIT).select_related("dealership")
    found = get_object_or_404(rows, pk=pk)
    return _template_page(request, found, found.dealership)


def _template_page(request: AuthenticatedHttpRequest, found: LetterTemplate, house: Dealership) -> HttpResponseBase:
    form = register_forms.TemplateForm(request.POST or None, instance=found, dealership=house)
    if request.method == "POST" and form.is_valid():
        form.instance.changed_by, form.instance.changed_at = request.user, timezone.now()
        form.save()
        messages.success(request, _("Saved. Letters that were issued stay as they are."))
        return redirect("contacts:letter_templates")
    facts = {
        "form": form,
        "known": " ".join(f"{{{name}}}" for name in letters.PLACES),
        "is_new": found.pk is None,
        "tab": "letters",
        **tabs(house, request),
    }
    return TemplateResponse(request, "contacts/letter_template.html", facts, status=422 if form.is_bound else 200)
