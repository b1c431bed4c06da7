"""Who may do what: the one page. A role has rights; a right holds in the dealership where the role is held."""

from collections.abc import Callable
from enum import StrEnum, auto
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from .models import Dealership, User

    class AuthenticatedHttpRequest(HttpRequest):
        """A request of somebody who signed in."""

        user: User
        dealership: Dealership
        htmx: HtmxDetails
else:
    AuthenticatedHttpRequest = HttpRequest


class Role(TextChoices):
    """The roles of a dealership; titles are in the glossary."""

    ADMINISTRATOR = "administrator", _("System administrator")
    GROUP_DIRECTOR = "group_director", _("Group director")
    GENERAL_MANAGER = "general_manager", _("General manager")
    REPRESENTATIVE = "representative", _("Customer Representative")
    CS_MANAGER = "cs_manager", _("Customer service manager")
    CS_SPECIALIST = "cs_specialist", _("Customer service specialist")
    INFORMATION_OFFICER = "information_officer", _("Information officer")
    CRM_MANAGER = "crm_manager", _("CRM manager")
    COMMERCIAL_MANAGER = "commercial_manager", _("Commercial manager")
    SALES_DIRECTOR = "sales_director", _("Sales director")
    SALES_MANAGER = "sales_manager", _("Sales manager")
    SALES_CONSULTANT = "sales_consultant", _("Sales consultant")
    SERVICE_DIRECTOR = "service_director", _("Service director")
    SERVICE_MANAGER = "service_manager", _("Service manager")
    SERVICE_ADVISOR = "service_advisor", _("Service advisor")
    WORKSHOP_SUPERVISOR = "workshop_supervisor", _("Workshop supervisor")
    TECHNICIAN = "technician", _("Technician")
    QUALITY_INSPECTOR = "quality_inspector", _("Quality inspector")
    PARTS_MANAGER = "parts_manager", _("Parts manager")
    PARTS_SALESPERSON = "parts_salesperson", _("Parts salesperson")
    PARTS_PLANNER = "parts_planner", _("Parts planner")
    CLAIMS_OFFICER = "claims_officer", _("Warranty claims officer")
    REVIEWER = "reviewer", _("Management department reviewer")
    INDEX_OWNER = "index_owner", _("Owner of the satisfaction index")
    QUALITY_TRACKER = "quality_tracker", _("Quality tracker")
    COMPLAINT_HANDLER = "complaint_handler", _("Complaint handler")
    SOURCING_AGENT = "sourcing_agent", _("Sourcing agent")
    DOCUMENT_CHECKER = "document_checker", _("Document checker")
    RECEPTION = "reception", _("Reception, cashier")
    ADMIN_DEPARTMENT = "admin_department", _("Administration department")
    AUDITOR = "auditor", _("Auditor (reads only)")
    EMPLOYEE = "employee", _("Employee")


#: Roles that may be held for the whole group.
GROUP_WIDE = frozenset({Role.ADMINISTRATOR.value, Role.GROUP_DIRECTOR.value, Role.AUDITOR.value})


class Permission(StrEnum):
    SEE_CUSTOMERS = auto()  # customers, vehicles, visits, their timelines
    RECEIVE = auto()  # write down who came in: a consultation, a new customer
    SEE_PROFILES = auto()  # what one knows of customers as persons
    EDIT_PROFILES = auto()
    EDIT_CUSTOMERS = auto()  # and look at possible duplicates, and say that they are two
    MERGE_CUSTOMERS = auto()  # make two files one, and undo it
    EXPORT = auto()  # take lists of customers and vehicles out of the house, on paper or as a file
    ERASE = auto()  # hand out everything held on a person, and erase her
    CALL = auto()  # take a task, record an attempt, undo it the same day
    SEE_TASKS = auto()  # everybody's queue, not only one's own
    SEE_REGISTERS = auto()  # the registers of calls and letters, and the requests that are open
    REASSIGN = auto()
    DESIGNATE = auto()  # who makes contacts, and who stands in (S1-4.1, S1-4.9)
    SET_APART = auto()  # say of a visit that it is a special one, which is not followed up (S4-3.2.4.2b)
    SUPERVISE = auto()  # inspect records of calls, close a month of the registers (S1-4.10a, S1-4.7b)
    REVIEW_PLANS = auto()  # close a follow-up plan as the leader, or send it back (S4-2.3)
    SOLVE_POINTS = auto()  # find the solution that an agent asks for (S1-4.4e)
    SEE_FINDINGS = auto()  # their remedies, and talking points; one's own remedy everybody may finish
    IMPORT = auto()
    SEE_PROGRAMMES = auto()
    EDIT_PROGRAMMES = auto()  # and the rule of the file
    OVERSEE = auto()  # figures of dealerships side by side
    CONFIGURE = auto()  # dealerships, hours, departments, people


_READS = frozenset(
    {Permission.SEE_CUSTOMERS, Permission.SEE_TASKS, Permission.SEE_PROGRAMMES, Permission.SEE_REGISTERS}
)
_CALLS = frozenset({Permission.SEE_CUSTOMERS, Permission.CALL, Permission.SEE_FINDINGS, Permission.SEE_REGISTERS})
_COUNTER = _CALLS | {Permission.RECEIVE}
_AGENT = _COUNTER | {Permission.EDIT_CUSTOMERS, Permission.IMPORT, Permission.SEE_PROGRAMMES}
_PROFILES = frozenset({Permission.SEE_PROFILES, Permission.EDIT_PROFILES})
_OVERSEES = frozenset({Permission.OVERSEE, Permission.EXPORT})
_ORGANISES = frozenset({Permission.REASSIGN, Permission.DESIGNATE})
_MANAGES = frozenset({Permission.SET_APART, Permission.REVIEW_PLANS, Permission.SOLVE_POINTS})
_LEADS = (
    _AGENT
    | _READS
    | _PROFILES
    | _OVERSEES
    | _ORGANISES
    | {Permission.MERGE_CUSTOMERS, Permission.ERASE, Permission.EDIT_PROGRAMMES, Permission.SUPERVISE}
)
_HEAD = _READS | _COUNTER | _OVERSEES | _ORGANISES | _MANAGES | {Permission.EDIT_CUSTOMERS, Permission.SEE_PROFILES}
_ANYBODY = frozenset({Permission.SEE_CUSTOMERS})

#: What each role may do (domain model, section 5).
RIGHTS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset({Permission.CONFIGURE, Permission.IMPORT, Permission.SEE_PROGRAMMES}),
    Role.GROUP_DIRECTOR: _READS | _OVERSEES | {Permission.REVIEW_PLANS},
    Role.GENERAL_MANAGER: _READS
    | _OVERSEES
    | _MANAGES
    | {
        Permission.SEE_FINDINGS,
        Permission.EDIT_PROGRAMMES,
        Permission.SEE_PROFILES,
        Permission.ERASE,
        Permission.SUPERVISE,
    },
    Role.REPRESENTATIVE: _LEADS,
    Role.CS_MANAGER: _LEADS | _MANAGES,
    Role.CRM_MANAGER: _LEADS | _MANAGES,
    Role.COMMERCIAL_MANAGER: _LEADS | _MANAGES,
    Role.CS_SPECIALIST: _AGENT,
    Role.INFORMATION_OFFICER: _AGENT | {Permission.SEE_TASKS},  # keeps the registers of answers (S4-3.1.2d)
    Role.SALES_DIRECTOR: _HEAD,
    Role.SALES_MANAGER: _HEAD,
    Role.SERVICE_DIRECTOR: _HEAD,
    Role.SERVICE_MANAGER: _HEAD,
    Role.PARTS_MANAGER: _HEAD,
    Role.SALES_CONSULTANT: _COUNTER,
    Role.SERVICE_ADVISOR: _COUNTER,
    Role.SOURCING_AGENT: _COUNTER,
    Role.WORKSHOP_SUPERVISOR: _ANYBODY | {Permission.SEE_FINDINGS},
    Role.QUALITY_INSPECTOR: _ANYBODY | {Permission.SEE_FINDINGS},
    Role.QUALITY_TRACKER: _READS | {Permission.SEE_FINDINGS},
    Role.COMPLAINT_HANDLER: _ANYBODY | {Permission.SEE_FINDINGS},
    Role.TECHNICIAN: _ANYBODY,
    Role.PARTS_SALESPERSON: _ANYBODY,
    Role.PARTS_PLANNER: _ANYBODY,
    Role.CLAIMS_OFFICER: _ANYBODY,
    Role.DOCUMENT_CHECKER: _ANYBODY,
    Role.RECEPTION: _ANYBODY | {Permission.RECEIVE},
    Role.ADMIN_DEPARTMENT: _ANYBODY,
    Role.EMPLOYEE: _ANYBODY,
    Role.REVIEWER: _READS,
    Role.INDEX_OWNER: _READS | {Permission.OVERSEE},
    Role.AUDITOR: _READS | {Permission.OVERSEE, Permission.SEE_FINDINGS},
}

P = ParamSpec("P")
View = Callable[Concatenate[AuthenticatedHttpRequest, P], HttpResponseBase]


def allowed(permission: Permission) -> Callable[[View[P]], View[P]]:
    """Admit to a view those who hold the right anywhere; which rows they see, `visible_to` says."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: AuthenticatedHttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.may(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]  # the access test reads it
        return cast("View[P]", guarded)

    return decorate
