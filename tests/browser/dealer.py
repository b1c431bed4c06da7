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
]


def days_before(days: int, zone: str) -> date:
    """So many days ago by the house's own calendar."""
    return datetime.now(ZoneInfo(zone)).date() - timedelta(days=days)


def mexican(names: Sequence[str], *, days_ago: int, bad: str = "") -> bytes:
    """Semicolons, Windows letters, day first; `bad` is a customer delivered on a day that does not exist."""
    day = f"{days_before(days_ago, 'America/Chihuahua'):%d/%m/%Y}"
    rows = [(name, day) for name in names] + [(bad, "31/02/2026")] * bool(bad)
    lines = ["Folio;Cliente;Celular;Marca;Modelo;Placas;Fecha de entrega;Vendedor"]
    for number, (name, delivered) in enumerate(rows):
        token = f"{days_ago}{number:02d}"
        phone, plate = f"614 27{token[0]} 1{token}", f"ZZ{token[0]}-{token[1:]}1-D"
        lines.append(f"B-{token};{name};{phone};GMC;Acadia;{plate};{delivered};Héctor Solís")
    return "\r\n".join(lines).encode("cp1252")


def chinese(names: Sequence[str], *, days_ago: int, bad: str) -> bytes:
    """Commas, GB18030, year first with the time of day, as a workshop's system writes."""
    day = f"{days_before(days_ago, 'Asia/Shanghai'):%Y/%m/%d} 16:40"
    lines = ["工单号,客户姓名,手机号码,车牌号码,车型,出厂时间,维修项目,服务顾问"]
    for number, (name, left) in enumerate([*((name, day) for name in names), (bad, "2026/02/30 10:00")]):
        lines.append(f"WX77{number:03d},{name},1390011{number:04d},京Q77{number:03d},别克昂科威,{left},四轮定位,孙丽")
    return "\n".join(lines).encode("gb18030")
