"""Files as two dealers' systems export them: other people, numbers and columns than the demonstration's."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

#: Surnames first, as the file writes them; one for each journey that calls somebody.
STRANGERS = [
    "Quiroga Beltrán Ofelia",
    "Urrutia Cházaro Fidel",
    "Xicoténcatl Pozos Amparo",
    "Ybarra Noriega Eleuterio",
    "Zozaya Insunza Micaela",
    "Tirado Quezada Baltasar",
    "Olivas Uranga Herminia",
    "Echave Loaiza Plácido",
    "Iturbe Ocaranza Rosaura",
    "Uribe Zamacona Tadeo",
    "Aldrete Quijano Eulalia",
]

#: Those whom journeys in the other languages call.
RUSSIANS = [
    "Абрикосов Лев Ильич",
    "Вишнякова Зоя Юрьевна",
    "Грушин Пётр Фомич",
    "Дынина Инна Глебовна",
    "Ежевикин Олег Савич",
    "Калинина Юлия Яновна",
    "Малинин Егор Кузьмич",
    "Облепихин Фома Эдуардович",
]
CHINESE = ["宇文明月", "尉迟清风", "长孙白云", "独孤秋雨", "夏侯春山", "端木冬雪", "闻人朝阳", "濮阳晚霞"]
MEXICANS = [
    "Abarca Zepeda Rocío",
    "Barraza Yáñez Tadeo",
    "Carbajal Wong Úrsula",
    "Dueñas Vizcarra Gonzalo",
    "Esqueda Tostado Leticia",
    "Fierro Ugalde Saúl",
    "Galaviz Ñáñez Brenda",
    "Huízar Jáquez Octavio",
    "Inzunza Kuri Dolores",
]


def days_before(days: int, zone: str) -> date:
    """So many days ago by the house's own calendar."""
    return datetime.now(ZoneInfo(zone)).date() - timedelta(days=days)


def mexican(names: Sequence[str], *, days_ago: int, bad: str = "", series: str = "B") -> bytes:
    """Semicolons, Windows letters, day first; `bad` is a customer delivered on a day that does not exist."""
    day = f"{days_before(days_ago, 'America/Chihuahua'):%d/%m/%Y}"
    rows = [(name, day) for name in names] + [(bad, "31/02/2026")] * bool(bad)
    lines = ["Folio;Cliente;Celular;Marca;Modelo;Placas;Fecha de entrega;Vendedor"]
    for number, (name, delivered) in enumerate(rows):
        token = f"{days_ago}{number:02d}"
        phone, plate = f"614 2{ord(series) % 10}{token[0]} 1{token}", f"Z{series}{token[0]}-{token[1:]}1-D"
        lines.append(f"{series}-{token};{name};{phone};GMC;Acadia;{plate};{delivered};Héctor Solís")
    return "\r\n".join(lines).encode("cp1252")


def chinese(names: Sequence[str], *, days_ago: int, bad: str = "", series: str = "77") -> bytes:
    """Commas, GB18030, year first with the time of day, as a workshop's system writes."""
    day = f"{days_before(days_ago, 'Asia/Shanghai'):%Y/%m/%d} 16:40"
    lines = ["工单号,客户姓名,手机号码,车牌号码,车型,出厂时间,维修项目,服务顾问"]
    for number, (name, left) in enumerate([*((name, day) for name in names)] + [(bad, "2026/02/30 10:00")] * bool(bad)):
        lines.append(
            f"WX{series}{number:03d},{name},13900{series}{number:04d},京Q{series}{number:03d},别克昂科威,{left},四轮定位,孙丽"
        )
    return "\n".join(lines).encode("gb18030")


def russian(names: Sequence[str], *, days_ago: int) -> bytes:
    """Tabs, Windows letters, day first, as who sources cars writes down what it handed over."""
    day = f"{days_before(days_ago, 'Asia/Yekaterinburg'):%d.%m.%Y}"
    lines = ["№\tКлиент\tТелефон\tАвтомобиль\tГосномер\tДата выдачи\tПодборщик"]
    for number, name in enumerate(names):
        lines.append(f"П-7{number:03d}\t{name}\t891277{number:05d}\tLada Vesta\tК7{number:02d}ММ96\t{day}\tИгорь Белов")
    return "\r\n".join(lines).encode("cp1251")
