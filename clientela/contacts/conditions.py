"""Why somebody is due: the conditions of a step, once, as SQL and as sentences.

`planning` inserts what meets all of them; `explaining` asks each of them alone. Neither has rules of its own.

In the SQL ``v`` is the visit, ``s`` the step, ``p`` the programme and ``t.day`` the dealership's own today.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Condition:
    """One condition; `unmet` is the sentence for when it decides against a contact."""

    code: str
    sql: str
    unmet: "Promise | str"


CONDITIONS = (
    Condition("active", "p.active", _("The programme is switched off.")),
    Condition("follows", "v.kind = ANY (p.trigger)", _("The programme does not follow visits of this kind.")),
    Condition("counts", "v.cancelled_at IS NULL", _("The visit was cancelled.")),
    # Who was erased has visits of no other name; so her file need not be looked up.
    Condition("on_file", "left(v.key, 7) <> 'erased:'", _("The customer was erased.")),
    Condition("live", "v.delivered_on >= p.go_live_on", _("The visit lies before the programme's go-live date.")),
    Condition(
        "not_special",
        "NOT (s.excludes_special AND v.special)",
        _("Special vehicles are left out of this programme."),
    ),
    Condition(
        "near",
        "v.delivered_on <= t.day + s.look_ahead_days - s.window_from",
        _("Its window is still too far ahead to be planned."),
    ),
    Condition(
        "fresh",
        "v.delivered_on >= t.day - s.catch_up_days",
        _("It became known too long after the visit for a follow-up."),
    ),
)

#: A step with its dealership's own today. `on` overrides it for everybody; `at` is a moment.
SCOPE = """
    contacts_programmestep s
    JOIN contacts_programme p ON p.id = s.programme_id
    JOIN network_dealership d ON d.id = s.dealership_id
    CROSS JOIN LATERAL (
        SELECT coalesce(%(on)s::date, (%(at)s::timestamptz AT TIME ZONE d.time_zone)::date) AS day
    ) t
"""

OPENS_ON = "(v.delivered_on + s.window_from)"
DUE_ON = "(v.delivered_on + s.window_to)"

#: Planning keeps this one by joining the few days of a window instead of asking for every visit.
HOURS = Condition(
    "hours",
    f"""EXISTS (SELECT 1 FROM network_callableinterval c
        WHERE c.dealership_id = d.id AND c.ends_at > {OPENS_ON}::timestamp AT TIME ZONE d.time_zone)""",
    _("The dealership has no hours in which it could call."),
)
