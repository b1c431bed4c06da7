"""The typefaces a browser loads, cut from the families that the font packages carry."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import fontpkg
from fontTools.subset import Options, Subsetter, parse_unicodes
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

#: Package of each family, which is also the slug by which ``fontpkg`` knows it.
PACKAGES = {"source-sans-3": "fontpkg-source-sans-3", "source-serif-4": "fontpkg-source-serif-4"}

#: What each file covers: a browser loads only those its page needs. ``fonts.css`` names the same ranges.
RANGES = {
    "source-sans-3-latin": "0000-00FF,0131,0152-0153,02BB-02BC,02C6,02DA,02DC,2000-206F,20AC,2122,2191,2193,2212,2215",
    "source-sans-3-latin-ext": "0100-0130,0132-0151,0154-02BA,1E00-1E9F,20A0-20AB,20AD-20C0",
    "source-sans-3-cyrillic": "0301,0400-045F,0490-0491,04B0-04B1,2116",
    "source-serif-4-latin": "0000-00FF,0131,0152-0153,2000-206F,20AC,2122,2212",
    "source-serif-4-latin-ext": "0100-0130,0132-0151,0154-02BA,1E00-1E9F",
    "source-serif-4-cyrillic": "0301,0400-045F,0490-0491,04B0-04B1,2116",
}

#: The optical size at which the serif was drawn for reading; its axis would double the file.
TEXT_SIZE = 14

#: A file for those who look for where the typefaces came from, and our sign of when to cut anew.
STAMP = "versions.txt"


def cut(target: Path) -> list[Path]:
    """Write a woff2 for each family and script into ``target``, unless they are there from these versions."""
    files = [target / f"{name}-wght-normal.woff2" for name in RANGES]
    stamp = target / STAMP
    wanted = _stamp()
    if stamp.exists() and stamp.read_text() == wanted and all(file.exists() for file in files):
        return files
    target.mkdir(parents=True, exist_ok=True)
    for name, file in zip(RANGES, files, strict=True):
        _write(_family(name), RANGES[name], file)
    stamp.write_text(wanted)
    return files


def _stamp() -> str:
    packages = ["fonttools", *PACKAGES.values()]
    versions = [f"{package} {version(package)}" for package in packages]
    return "\n".join([*versions, f"optical size {TEXT_SIZE}", str(sorted(RANGES.items()))])


def _family(name: str) -> Path:
    slug = next(slug for slug in PACKAGES if name.startswith(slug))
    return Path(fontpkg.path(slug, weight=400, style="normal"))


def _write(source: Path, unicodes: str, file: Path) -> None:
    """Keep the letters of one script, the weight axis and the figures of equal width."""
    options = Options(flavor="woff2")
    options.layout_features += ["tnum", "lnum", "pnum"]
    font: Any = TTFont(source)
    letters = Subsetter(options)
    letters.populate(unicodes=parse_unicodes(unicodes))
    letters.subset(font)
    if "opsz" in {axis.axisTag for axis in font["fvar"].axes}:
        font = instantiateVariableFont(font, {"opsz": TEXT_SIZE})  # fast, because only our letters are left
    font.flavor = "woff2"
    font.save(file)
