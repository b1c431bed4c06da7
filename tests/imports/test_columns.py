"""Columns are known by their names in four languages, and by what they hold."""

import pytest

from clientela.imports.columns import KINDS, Field, Kind, guess, kind, missing
from clientela.imports.reading import Row

F = Field


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Importe c/IVA", F.AMOUNT),
        ("Сумма с НДС", F.AMOUNT),
        ("服务专员", F.CONSULTANT),
        ("FEC_ENTREGA", F.DELIVERED),
        ("FechaEntrega", F.DELIVERED),
        ("Fecha de entrega (real)", F.DELIVERED),
        ("F. de Entrega", F.DELIVERED),
        ("Дата выдачи авто", F.DELIVERED),
        ("交车日期", F.DELIVERED),
        ("Date delivered", F.DELIVERED),
        ("Fecha Apertura OT", F.OPENED),
        ("Tel.", F.PHONES),
        ("TELÉFONO(S)", F.PHONES),
        ("Телефон моб.", F.PHONES),
        ("手机号码", F.PHONES),
        ("NIV/VIN", F.VIN),
        ("N° Chasis", F.VIN),
        ("Номер кузова", F.VIN),
        ("车架号(VIN)", F.VIN),
        ("Ф.И.О.", F.CUSTOMER_NAME),
        ("Nombre o Razón Social", F.CUSTOMER_NAME),
        ("客户姓名", F.CUSTOMER_NAME),
        ("Nombre del asesor", F.CONSULTANT),
        ("Мастер-приёмщик", F.CONSULTANT),
        ("Гос. номер", F.PLATE),
        ("Patente", F.PLATE),
        ("No. de Orden", F.NUMBER),
        ("Заказ-наряд №", F.NUMBER),
        ("Año modelo", F.MODEL_YEAR),
        ("Год выпуска", F.MODEL_YEAR),
        ("Kilometraje", F.ODOMETER_KM),
        ("Пробег, км", F.ODOMETER_KM),
        ("Próx. mant. km", F.NEXT_SERVICE_KM),
        ("下次保养里程", F.NEXT_SERVICE_KM),
        ("E-mail", F.EMAIL),
        ("Fec. Nac.", F.BIRTH_DATE),
        ("Новый / б/у", F.CONDITION),
        ("Tipo de servicio", F.SERVICE_LINE),
        ("维修项目", F.WORK),
        ("主修工", F.TECHNICIAN),
        ("Сумма, руб.", F.AMOUNT),
        ("Marca y modelo", F.VEHICLE),
        ("RUT", F.NATIONAL_ID),
        ("Región", F.REGION),
        ("Регион", F.REGION),
        ("地区", F.REGION),
        ("State", F.REGION),
        ("Carrocería", F.VEHICLE_TYPE),
        ("Тип кузова", F.VEHICLE_TYPE),
        ("车种", F.VEHICLE_TYPE),
        ("Body style", F.VEHICLE_TYPE),
        ("Socio", F.MEMBER),
        ("是否会员", F.MEMBER),
        ("Nivel de socio", F.MEMBER_LEVEL),
        ("会员等级", F.MEMBER_LEVEL),
        ("Уровень карты", F.MEMBER_LEVEL),
        ("Socio desde", F.MEMBER_SINCE),
        ("Member since", F.MEMBER_SINCE),
        ("入会日期", F.MEMBER_SINCE),
        ("Дата вступления в клуб", F.MEMBER_SINCE),
    ],
)
def test_a_column_is_known_by_its_name(name: str, field: Field) -> None:
    assert guess([name], []) == {0: field}


@pytest.mark.parametrize(
    "name",
    [
        "Fecha prometida de entrega",
        "计划交车时间",
        "Teléfono del asesor",
        "Color",
        "Fin de garantía",
        "Dealer name",
        "",
        "X",
    ],
)
def test_a_column_about_something_else_is_left_out(name: str) -> None:
    assert guess([name], []) == {}


def rows(*cells: tuple[str, ...]) -> list[Row]:
    return [Row(line, row) for line, row in enumerate(cells, start=2)]


def test_what_a_column_holds_outweighs_its_name() -> None:
    header = ["Cliente", "Nombre", "Código", "Fecha", "Fecha entrega", "Entrega"]
    samples = rows(
        ("1001", "Ana Peña", "3GN3ESF49RR628194", "", "Patio 3", "15/02/2026"),
        ("1002", "Eva Ríos", "3GN0WSMS2S8252760", "", "Patio 1", "27/03/2026"),
    )
    assert guess(header, samples) == {
        1: F.CUSTOMER_NAME,
        2: F.VIN,
        3: F.OPENED,
        5: F.DELIVERED,
    }


def test_several_telephones_and_parts_of_a_name_belong_together() -> None:
    header = ["Apellido Paterno", "Apellido Materno", "Nombre", "Tel. casa", "Celular", "Placas"]
    assert guess(header, []) == {
        **dict.fromkeys(range(3), F.CUSTOMER_NAME),
        3: F.PHONES,
        4: F.PHONES,
        5: F.PLATE,
    }


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["Cliente", "NIV", "Fecha de entrega", "Tipo"], "vehicle_delivery"),
        (["Cliente", "NIV", "Fecha de entrega"], "vehicle_delivery"),
        (["车主姓名", "车架号", "交车时间", "维修内容"], "workshop_visit"),
        (["Cliente", "Patente", "Km", "Fecha entrega"], "workshop_visit"),
        (["Заявка", "ФИО", "VIN", "Дата выдачи"], "hand_over"),
        (["委托书号", "客户", "选车顾问", "交接日期", "车型"], "hand_over"),
        (["Nombre", "Teléfono", "Correo"], "customers"),
        (["姓名", "手机", "地址", "生日"], "customers"),
        (["ФИО", "Телефон", "Регион"], "customers"),
        (["VIN", "Placas", "Modelo"], "vehicles"),
        (["Cliente", "VIN", "Modelo"], "vehicles"),
        (["VIN", "REPAIR_DATE", "KM", "CORRECTION_VERBATIM"], "vehicles"),
        (["Cliente", "Teléfono", "Fecha de visita", "Asesor", "Interés"], "consultation"),
        (["ФИО", "Телефон", "Дата консультации", "Тема"], "consultation"),
        (["客户姓名", "手机", "咨询日期", "意向车型"], "consultation"),
        (["Cliente", "Fecha de venta", "Producto", "Importe"], "goods_sale"),
        (["Клиент", "Дата продажи", "Товар", "Сумма"], "goods_sale"),
        (["客户", "销售日期", "商品", "金额"], "goods_sale"),
    ],
)
def test_the_kind_follows_from_the_columns(header: list[str], expected: str) -> None:
    assert kind(header, guess(header, []).values()) == expected


TELLING = frozenset({F.VIN, F.PLATE})
ANY_VEHICLE = TELLING | {F.VEHICLE, F.MODEL}
WHO, WHEN = frozenset({F.CUSTOMER_NAME}), frozenset({F.DELIVERED})


@pytest.mark.parametrize(
    ("kind", "lacking"),
    [
        ("customers", (WHO,)),
        ("vehicles", (TELLING,)),
        ("vehicle_delivery", (WHO, WHEN, ANY_VEHICLE)),
        ("workshop_visit", (WHO | TELLING, WHEN, ANY_VEHICLE)),
        ("hand_over", (WHO, WHEN, ANY_VEHICLE)),
        ("consultation", (WHO, WHEN)),
        ("goods_sale", (WHO, WHEN)),
    ],
)
def test_each_kind_says_what_it_needs(kind: Kind, lacking: tuple[frozenset[Field], ...]) -> None:
    assert missing(kind, [F.AMOUNT]) == lacking
    assert missing(kind, [F.CUSTOMER_NAME, F.DELIVERED, F.PLATE]) == ()


def test_every_kind_is_known_to_its_needs() -> None:
    assert set(KINDS) == {
        "customers", "vehicles", "vehicle_delivery", "workshop_visit", "hand_over", "consultation", "goods_sale"
    }  # fmt: skip
