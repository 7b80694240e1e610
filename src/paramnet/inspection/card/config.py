"""Configuration of ``paramnet card``: what the file of a scheme cannot know."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from paramnet.contract import ParamnetError

_LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]*")
_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")
OTHER = "other"


@dataclass
class Author:
    """An author: ``name`` as "Family, Given", and if known the affiliation and the ORCID iD."""

    name: str
    affiliation: str = ""
    orcid: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ParamnetError("authors", expected='a name, "Family, Given"', got="none")
        if self.orcid and not _is_orcid(self.orcid):
            raise ParamnetError(
                f"authors, {self.name}",
                expected="an ORCID iD, 0000-0000-0000-000X with its check digit",
                got=repr(self.orcid),
                remedy="copy it from the profile at orcid.org, or leave it out",
            )


@dataclass
class CardConfig:
    """The keys of ``conf/card.yaml``, where each is described. ``license`` has no default, and there is at least one author."""

    scheme: str
    license: str
    authors: list[Author] = field(default_factory=list)
    output: str = ""
    overwrite: bool = False
    license_name: str = ""
    license_link: str = ""
    zenodo_license: str = ""
    title: str = ""
    description: str = ""
    version: str = ""
    host: str = ""
    climate: str = ""
    training_data: str = ""
    limits: str = ""
    tags: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    skill: str = ""

    def __post_init__(self) -> None:
        if not self.authors:
            raise ParamnetError("authors", expected="at least one author", got="none", remedy='set authors=[{name: "Family, Given"}]')
        if not _LICENSE.fullmatch(self.license):
            raise ParamnetError(
                "license",
                expected="an identifier in lower case, such as cc-by-4.0, apache-2.0 or other",
                got=repr(self.license),
                remedy="choose one of https://huggingface.co/docs/hub/repositories-licenses",
            )
        described = {"license_name": self.license_name, "license_link": self.license_link, "zenodo_license": self.zenodo_license}
        missing = [key for key, value in described.items() if not value]
        if self.license == OTHER and missing:
            remedy = "say which licence it is, and for zenodo_license other-open, other-closed or an SPDX identifier"
            raise ParamnetError(", ".join(missing), expected="a value with license=other", got="none", remedy=remedy)
        if self.license != OTHER and (self.license_name or self.license_link):
            raise ParamnetError("license_name, license_link", expected="license=other", got=f"license={self.license}")


def _is_orcid(text: str) -> bool:
    """The form of an ORCID iD and its check digit (ISO 7064, MOD 11-2)."""
    if not _ORCID.fullmatch(text):
        return False
    total = 0
    for digit in text.replace("-", "")[:-1]:
        total = (total + int(digit)) * 2
    return text[-1] == "0123456789X"[(12 - total % 11) % 11]
