"""Where rows wait between a dealer's file and the customer file."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Arrival(models.Model):
    """One typed row on its way in. Filled by COPY, merged set-wise by `intake`, emptied in the same transaction.

    It has no row-level policy (COPY cannot write through one) and no constraints: what may not enter was refused
    before. `customer` and `vehicle` are what the row was matched with.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.BigIntegerField(db_index=True)
    line = models.IntegerField()
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=80)
    number = models.CharField(max_length=60)
    customer_kind = models.CharField(max_length=8)
    full_name = models.CharField(max_length=200)
    search_name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200, default="")
    family_name = models.CharField(max_length=80)
    second_family_name = models.CharField(max_length=80)
    given_name = models.CharField(max_length=80)
    patronymic = models.CharField(max_length=80)
    phones = ArrayField(models.CharField(max_length=254))
    phones_shown = ArrayField(models.CharField(max_length=254))
    phones_valid = ArrayField(models.BooleanField())
    email = models.CharField(max_length=254)
    region = models.CharField(max_length=80, default="")
    address = models.CharField(max_length=300)
    birth_date = models.DateField(null=True)
    #: Whether the row calls her a member; of which level and since when, where it says so.
    member = models.BooleanField(default=False)
    member_level = models.CharField(max_length=60, default="")
    member_since = models.DateField(null=True)
    make = models.CharField(max_length=60)
    model = models.CharField(max_length=100)
    model_year = models.SmallIntegerField(null=True)
    vehicle_type = models.CharField(max_length=60, default="")
    vin = models.CharField(max_length=30)
    plate = models.CharField(max_length=20)
    plate_key = models.CharField(max_length=20)
    odometer_km = models.IntegerField(null=True)
    opened_on = models.DateField(null=True)
    #: A register may not say when.
    delivered_on = models.DateField(null=True)
    delivered_at = models.DateTimeField(null=True)
    consultant_name = models.CharField(max_length=120)
    technician_name = models.CharField(max_length=120)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    used = models.BooleanField(null=True)
    service_line = models.CharField(max_length=40)
    work = models.CharField(max_length=400)
    recommended = models.CharField(max_length=400, default="", db_default="")
    special_said = models.BooleanField()
    next_service_km = models.IntegerField(null=True)
    customer = models.BigIntegerField(null=True)
    vehicle = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.run}:{self.line}"


#: What a writer of arrivals gives, in this order.
COLUMNS = [
    str(field.column) for field in Arrival._meta.concrete_fields if field.name not in {"id", "customer", "vehicle"}
]
