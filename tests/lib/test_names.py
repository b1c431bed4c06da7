from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.lib.names import (
    Order,
    PersonName,
    full,
    is_company,
    listed,
    parse,
    polite,
    search_key,
    writes_family_first,
)

deterministically = settings(deadline=None, derandomize=True, database=None)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Zúñiga Hernández José Luis", PersonName("Zúñiga", "Hernández", "José Luis")),
        ("Muñoz Sánchez Raúl", PersonName("Muñoz", "Sánchez", "Raúl")),
        ("GÜELL ANTONIA", PersonName("GÜELL", "", "ANTONIA")),
        ("Zúñiga Hernández, José Luis", PersonName("Zúñiga", "Hernández", "José Luis")),
        ("Güell, Antonia", PersonName("Güell", "", "Antonia")),
        ("de la Cruz Pérez María del Carmen", PersonName("de la Cruz", "Pérez", "María del Carmen")),
        ("García de los Ríos Ana", PersonName("García", "de los Ríos", "Ana")),
        ("Ramón y Cajal Santiago", PersonName("Ramón", "y Cajal", "Santiago")),
        ("San Martín Peña José", PersonName("San Martín", "Peña", "José")),
        ("  Zúñiga \t Hernández  José ", PersonName("Zúñiga", "Hernández", "José")),
    ],
)
def test_spanish_exports_write_both_surnames_first(text: str, name: PersonName) -> None:
    assert parse(text, "es") == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Camila Rojas Soto", PersonName("Rojas", "Soto", "Camila")),
        ("Matías Fuenzalida", PersonName("Fuenzalida", "", "Matías")),
        ("Constanza Pérez Ñancupil", PersonName("Pérez", "Ñancupil", "Constanza")),
        ("José Luis Zúñiga de la Vega", PersonName("Zúñiga", "de la Vega", "José Luis")),
        ("María del Carmen Díaz Soto", PersonName("Díaz", "Soto", "María del Carmen")),
    ],
)
def test_or_as_people_say_it(text: str, name: PersonName) -> None:
    assert parse(text, "es", family_first=False) == name


@pytest.mark.parametrize(
    ("text", "family_first", "name"),
    [
        ("Соловьёв Сергей Львович", True, PersonName("Соловьёв", "", "Сергей", "Львович")),
        ("Сергей Львович Соловьёв", False, PersonName("Соловьёв", "", "Сергей", "Львович")),
        ("Сергей Львович Соловьёв", True, PersonName("Соловьёв", "", "Сергей", "Львович")),
        ("Мицкевич Анна Ильинична", True, PersonName("Мицкевич", "", "Анна", "Ильинична")),
        ("Пётр Ильич Абрамович", False, PersonName("Абрамович", "", "Пётр", "Ильич")),
        ("Анна Котова", False, PersonName("Котова", "", "Анна")),
        ("Котова Анна", True, PersonName("Котова", "", "Анна")),
        ("Пётр Иванович", True, PersonName("", "", "Пётр", "Иванович")),
        ("Алиев Гейдар Гасан оглы", True, PersonName("Алиев", "", "Гейдар", "Гасан оглы")),
        ("ИП Иванов Пётр Иванович", True, PersonName("ИП Иванов", "", "Пётр", "Иванович")),
        ("Иванов, Пётр Иванович", True, PersonName("Иванов", "", "Пётр", "Иванович")),
    ],
)
def test_a_russian_patronymic_is_known_by_its_ending(text: str, family_first: bool, name: PersonName) -> None:
    assert parse(text, "ru", family_first) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("李涛", PersonName("李", given="涛")),
        ("刘艳平", PersonName("刘", given="艳平")),
        ("欧阳洋", PersonName("欧阳", given="洋")),
        ("欧阳平明", PersonName("欧阳", given="平明")),
        ("诸葛 亮", PersonName("诸葛", given="亮")),
        ("欧阳", PersonName("欧阳")),
        ("王", PersonName("王")),
        ("买买提·艾山", PersonName("买买提·艾山")),
        ("John Smith", PersonName("John Smith")),
    ],
)
def test_chinese_family_names_have_one_character_or_are_compound(text: str, name: PersonName) -> None:
    assert parse(text, "zh") == name


def test_english_names() -> None:
    assert parse("Mary Ann van der Berg", "en", family_first=False) == PersonName("van der Berg", given="Mary Ann")
    assert parse("Smith Mary Ann", "en") == PersonName("Smith", given="Mary Ann")
    assert parse("Smith, Mary Ann", "en", family_first=False) == PersonName("Smith", given="Mary Ann")


@pytest.mark.parametrize("text", ["", "Martha", "Sr. Pérez (taller)", "García/López", "Pérez, A., Jr", "Pérez,", "17"])
def test_a_name_that_cannot_be_read_stays_whole(text: str) -> None:
    assert parse(text, "es") == PersonName(text)
    assert full(parse(text, "es"), "es") == listed(parse(text, "es"), "es") == polite(parse(text, "es"), "es") == text


LATIN = ["Zúñiga", "de", "la", "los", "y", "José", "Luis", "María-José", "O'Brien", "Smith,"]
OTHERS = ["Пётр", "Иванович", "оглы", "ИП", "Соловьёв", "欧阳", "李涛", ",", "·", "(taller)", "17"]
WORDS = st.sampled_from(LATIN + OTHERS)


@deterministically
@given(
    text=st.one_of(st.lists(WORDS, max_size=7).map(" ".join), st.text(max_size=30)),
    order=st.sampled_from(["es", "ru", "zh", "en"]),
    family_first=st.booleans(),
)
def test_reading_loses_no_character_but_one_comma(text: str, order: Order, family_first: bool) -> None:
    name = parse(text, order, family_first)
    parts = "".join([name.family, name.second_family, name.given, name.patronymic])

    lost = Counter("".join(text.split())) - Counter("".join(parts.split()))
    assert lost in (Counter(), Counter(","))
    for shown in (full(name, "es"), full(name, "ru"), full(name, "zh")):
        assert Counter("".join(shown.split())) == Counter("".join(parts.split()))


@pytest.mark.parametrize(
    ("name", "language", "formal", "in_a_list", "spoken"),
    [
        (
            PersonName("Zúñiga", "Hernández", "José Luis"),
            "es-mx",
            "José Luis Zúñiga Hernández",
            "Zúñiga Hernández, José Luis",
            "José Luis Zúñiga",
        ),
        (
            PersonName("Соловьёв", "", "Сергей", "Львович"),
            "ru",
            "Соловьёв Сергей Львович",
            "Соловьёв Сергей Львович",
            "Сергей Львович",
        ),
        (PersonName("Котова", "", "Анна"), "ru", "Котова Анна", "Котова Анна", "Котова Анна"),
        (PersonName("欧阳", "", "洋"), "zh-hans", "欧阳洋", "欧阳洋", "欧阳洋"),
        (PersonName("欧阳", "", "洋"), "es", "欧阳洋", "欧阳洋", "欧阳洋"),
        (PersonName("Smith", "", "Mary Ann"), "en", "Mary Ann Smith", "Smith, Mary Ann", "Mary Ann Smith"),
        (PersonName("Smith", "", "John"), "zh-hans", "John Smith", "John Smith", "John Smith"),
        (PersonName("", "", "Пётр", "Иванович"), "ru", "Пётр Иванович", "Пётр Иванович", "Пётр Иванович"),
    ],
)
def test_names_are_written_in_the_order_of_the_language(
    name: PersonName, language: str, formal: str, in_a_list: str, spoken: str
) -> None:
    assert full(name, language) == formal
    assert listed(name, language) == in_a_list
    assert polite(name, language) == spoken


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Transportes del Norte, S.A. de C.V.", "MX"),
        ("TRANSPORTES DEL NORTE SA DE CV", "MX"),
        ("Autos y Más S. de R.L. de C.V.", "MX"),
        ("Grúas Chihuahua S.A.P.I. de C.V.", "MX"),
        ("Despacho Peña, S.C.", "MX"),
        ("Minera Ñuble SpA", "CL"),
        ("Comercial Soto Ltda.", "CL"),
        ("Forestal Araya E.I.R.L.", "CL"),
        ("ООО «Ромашка»", "RU"),
        ('АО "Уралмаш"', "RU"),
        ("上海汽车集团股份有限公司", "CN"),
        ("红星机械厂", "CN"),
        ("Siemens GmbH", "DE"),
        ("Acme, Inc.", "US"),
        ("Acme LLC", "MX"),
    ],
)
def test_a_company_is_known_by_its_legal_form(text: str, country: str) -> None:
    assert is_company(text, country)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Zúñiga Hernández José Luis", "MX"),
        ("Salas de Cervantes Ana", "MX"),
        ("ИП Иванов Пётр Иванович", "RU"),
        ("Зоотова Анна", "RU"),
        ("欧阳洋", "CN"),
        ("Vincent Incani", "US"),
        ("Sacha Cosío", "CL"),
        ("", "MX"),
    ],
)
def test_people_are_no_companies_an_entrepreneur_neither(text: str, country: str) -> None:
    assert not is_company(text, country)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("  Zúñiga   HERNÁNDEZ José", "zuniga hernandez jose"),
        ("Ñancupil Güell", "nancupil guell"),
        ("Ёлкин Юрий", "елкин юрий"),
        ("Йошкин Майя", "йошкин майя"),
        ("Łódź Øster Weiß", "lodz oster weiss"),
        ("欧阳 洋", "欧阳 洋"),
        ("Ｊｏｓé", "jose"),
    ],
)
def test_a_name_is_found_without_accents(text: str, key: str) -> None:
    assert search_key(text) == key


@deterministically
@given(st.text(max_size=40))
def test_a_search_key_is_its_own_key(text: str) -> None:
    assert search_key(search_key(text)) == search_key(text)


@pytest.mark.parametrize(
    ("column", "answer"),
    [
        (["Zúñiga Hernández José Luis", "Martínez Gutiérrez Concepción", "Peña Lara Bo"], True),
        (["Camila Rojas Soto", "Antonia Güell", "Benjamín Araya"], False),
        (["Rojas, Camila", "X", ""], True),
    ],
)
def test_a_column_of_spanish_names_says_which_way_round_it_is(column: list[str], answer: bool) -> None:
    assert writes_family_first(column) is answer
