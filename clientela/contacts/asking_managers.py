"""Which manager is asked for a solution (S1-4.4e): the commercial manager, else who heads what it is about."""

from django.utils.translation import gettext as _

from clientela.customers.models import Visit
from clientela.lib.refusal import Refusal
from clientela.network.models import Department, Role, User
from clientela.network.permissions import RIGHTS, Permission

from .models import TalkingPoint

Kind = Department.Kind
_SOLVERS = [role for role in Role if Permission.SOLVE_POINTS in RIGHTS[role]]
_LEADERS = [role for role in Role if Permission.REASSIGN in RIGHTS[role]]
#: Who is asked before others when the point is of this department.
_HEADS: dict[str, tuple[Role, ...]] = {
    Kind.SALES: (Role.SALES_MANAGER, Role.SALES_DIRECTOR),
    Kind.SERVICE: (Role.SERVICE_MANAGER, Role.SERVICE_DIRECTOR),
    Kind.PARTS: (Role.PARTS_MANAGER,),
}
_OTHERS = (Role.CS_MANAGER, Role.CRM_MANAGER, Role.GENERAL_MANAGER)
_BY_VISIT: dict[str, Department.Kind] = {
    Visit.Kind.WORKSHOP_VISIT: Kind.SERVICE,
    Visit.Kind.GOODS_SALE: Kind.PARTS,
}


def department_of(about: str, visit: Visit | None) -> str:
    """Whose affair a point is: what it is about says so, else the visit after which it was said."""
    if about:
        return Kind.SALES if about == TalkingPoint.About.PRODUCT else Kind.SERVICE
    if visit is None:
        return Kind.CUSTOMER_SERVICE
    return _BY_VISIT.get(visit.kind, Kind.SALES)


def managers_for(point: TalkingPoint) -> list[User]:
    """Who may be asked, whom one asks first before the others; in a house without managers who leads the follow-up."""
    first = [Role.COMMERCIAL_MANAGER, *_HEADS.get(point.department, ()), *_OTHERS]
    rank = {role.value: place for place, role in enumerate([*first, *(r for r in _SOLVERS if r not in first)])}
    found = _holding(_SOLVERS, point.dealership_id) or _holding(_LEADERS, point.dealership_id)
    heads = set(
        Department.objects.filter(dealership=point.dealership_id, kind=point.department).values_list("head", flat=True)
    )

    def place(user: User) -> tuple[float, str]:
        held = [
            rank[row.role] for row in user.roles.all() if row.dealership_id == point.dealership_id and row.role in rank
        ]
        # Whom the house names as head of the department is asked next after the commercial manager.
        return (min([0.5, *held] if user.pk in heads else held, default=len(rank)), user.name)

    return sorted(found, key=place)


def _holding(roles: list[Role], dealership_id: int) -> list[User]:
    people = User.objects.filter(is_active=True, roles__dealership=dealership_id, roles__role__in=roles)
    return list(people.distinct().prefetch_related("roles").order_by("name", "pk"))


def one_of(point: TalkingPoint, wanted: User | None, *, by: User) -> User:
    """The manager named, who was asked before, or whom one asks first; not the one who asks, if there is another."""
    found = managers_for(point)
    if wanted is not None:
        if wanted not in found:
            raise Refusal(_("%(name)s solves no points in this house. Choose somebody else.") % {"name": wanted})
        return wanted
    if point.asked in found and point.asked is not None:
        return point.asked
    others = [user for user in found if user.pk != by.pk] or found
    if not others:
        raise Refusal(_("Nobody here can be asked. Somebody must hold the role of commercial manager first."))
    return others[0]


def first_of(point: TalkingPoint, otherwise: User) -> User:
    """Whom one asks first; where nobody can be asked, `otherwise`."""
    return next(iter(managers_for(point)), otherwise)
