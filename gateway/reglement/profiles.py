"""Profiles: the privacyreglement of an SWV as versioned data, loaded strictly.

A profile that leaves anything open stops the start: unknown or missing keys, empty sets, an article without a citation,
versions whose validity overlaps, or a rule that would break a floor that the law sets for everyone.
Source: judgement.md, "Shipped profiles"; issue 4.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from gateway.reglement import facts
from gateway.reglement.afterlife import AfterlifeRules, read_afterlife
from gateway.reglement.document import Section
from gateway.reglement.errors import FactsError, ProfileError
from gateway.reglement.reasons import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from retention.terms import Length

ARTICLES: Final = frozenset(RULES)
# Floors that no profile may lower: WPO 18a(13) for health, and what makes a set traceable (PR4.2).
HEALTH_FLOOR: Final = frozenset({"e"})
IDENTIFYING_FLOOR: Final = frozenset({"a", "b", "d"})
NECESSITY_FLOOR: Final = frozenset({"e", "f"})
LOG_YEARS: Final = 5
CODED_MINIMUM: Final = 5
CODED_FLOOR: Final = 3
DATES_AS: Final = ("none", "period", "offset")
STILL_MONTHS: Final = 6
"""A dossier in which so long nothing happened, and no matter ended, asks for someone to look at it."""
_SENTENCES: Final = frozenset({"notes", "to_confirm"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A legal basis for disclosure: who may give what to whom for which purpose, and whether it obliges (PR9.1a)."""

    id: str
    cite: str
    actors: frozenset[str]
    recipients: frozenset[str]
    categories: frozenset[str]
    purposes: frozenset[str]
    health_purposes: frozenset[str]
    obliges: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAfterLeaving:
    """A keeping term that runs from leaving the school, for every category but the excepted ones (PR12.1)."""

    years: int
    except_categories: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What the profile says on the rights of pupil and guardians (PR11, PR13); no answer comes after `outer_term`.

    `second_opinion_ways`: how parents ask for one, `direct` or through the `school`; both where a profile is silent.
    `employees_by_name`: whether a family sees employees by name. A profile that is silent gives their function only:
    the log is about the pupil, and an employee's name is the employee's own.
    """

    inzage_term: Length
    correctie_term: Length
    verzet_term: Length
    complaint_term: Length
    outer_term: Length
    free_of_charge: bool
    verzet_bases: frozenset[str]
    name_third_parties: bool
    direct_contact_with_guardians: bool
    employees_by_name: bool
    second_opinion_ways: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRules:
    """What the profile says on the access list (PR8.2, PR10.2).

    Break-glass opens at most these categories; guardians hear of it this many days later; that an entry ends is told
    this many days ahead. A version that says nothing gets these: no number, no parents' data, no health, no belief.
    """

    break_glass_categories: frozenset[str] = frozenset("aghijk")
    guardians_after_days: int = 7
    warn_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyRules:
    """What the profile says on destroying (PR12.1).

    With `second_person` two people approve each destruction; more than `at_once` on one day wait for one of them. A
    clock that went on more than `clock_days` waits for a person. Who received something answers within `answer_days`.
    """

    second_person: bool = False
    at_once: int = 50
    clock_days: int = 7
    answer_days: int = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One version of a privacyreglement. `recipients` None means: no list that limits them.

    A verstrekking to a kind of recipient in `second_person` leaves only when a second person approved it; with
    `second_reviewer` an anonymised rendition counts only when a second person looked at it too.

    In an anonymised rendition ages become bands where `age_bands`, and dates are what `dates_as` says: `none` (gone),
    `period` (a third of a year) or `offset` (the time since the notification). Of dossiers as coded fields (PR4.2) at
    least `coded_minimum` share each row.

    `articles` maps each id that can decide to the profile's own article; `document` is what it was read from.
    """

    id: str
    version: int
    title: str
    valid_from: date
    valid_until: date | None
    source: str
    notes: tuple[str, ...]
    to_confirm: tuple[str, ...]
    articles: Mapping[str, str]
    record_purposes: frozenset[str]
    fields: frozenset[str]
    necessity_for: frozenset[str]
    free_origins: frozenset[str]
    own_school_purposes: frozenset[str]
    anonymised_purposes: frozenset[str]
    identifying_categories: frozenset[str]
    health_categories: frozenset[str]
    recipients: frozenset[str] | None
    second_person: frozenset[str]
    second_reviewer: bool
    age_bands: bool
    dates_as: str
    coded_minimum: int
    keep_years: int
    log_years: int
    still_months: int
    keep_after_leaving: KeepAfterLeaving | None
    rights: Rights
    access: AccessRules
    laws: Mapping[str, Law]
    destroy: DestroyRules
    afterlife: AfterlifeRules
    document: Mapping[str, Any] = field(repr=False, compare=False)

    def in_force(self, on: date) -> bool:
        """Whether this version is in force on that day; both days are included."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


def parse(document: Mapping[str, Any]) -> Profile:
    """A profile from its parsed document (TOML or JSON shape), or a `ProfileError` that says what is not right."""
    top = Section(
        document,
        "profiel",
        {"id", "version", "title", "valid_from", "source", "notes", "to_confirm", "articles"}
        | {"record", "disclose", "keep", "rights", "laws"},
        {"valid_until", "access"},
    )
    valid_from = top.day("valid_from")
    valid_until = top.day("valid_until") if top.has("valid_until") else None
    if valid_until is not None and valid_until < valid_from:
        raise top.wrong("valid_until", "het einde ligt voor het begin")
    disclose = Section(
        top.raw("disclose"),
        "disclose",
        {"own_school_purposes", "anonymised_purposes", "identifying_categories", "health_categories"},
        {"recipients", "second_person", "second_reviewer", "age_bands", "dates_as", "coded_minimum"},
    )
    record = Section(
        top.raw("record"),
        "record",
        {"purposes", "categories", "necessity_for", "free_origins"},
        {"sub_fields"},
    )
    keep = Section(
        top.raw("keep"),
        "keep",
        {"years_after_matter"},
        {"after_leaving", "log_years", "still_months", "destroy", "afterlife"},
    )
    sub_fields = record.some_of("sub_fields", facts.SUB_FIELDS) if record.has("sub_fields") else frozenset()
    profile = Profile(
        id=top.text("id"),
        version=top.number("version"),
        title=top.text("title"),
        valid_from=valid_from,
        valid_until=valid_until,
        source=top.text("source"),
        notes=top.lines("notes"),
        to_confirm=top.lines("to_confirm"),
        articles=_articles(top.raw("articles")),
        record_purposes=record.some_of("purposes", facts.PURPOSES),
        fields=record.some_of("categories", facts.CATEGORIES) | sub_fields,
        necessity_for=record.some_of("necessity_for", facts.CATEGORIES),
        free_origins=record.some_of("free_origins", facts.ORIGINS - {"other"}),
        own_school_purposes=disclose.some_of("own_school_purposes", facts.PURPOSES),
        anonymised_purposes=disclose.some_of("anonymised_purposes", facts.PURPOSES),
        identifying_categories=disclose.some_of("identifying_categories", facts.CATEGORIES),
        health_categories=disclose.some_of("health_categories", facts.CATEGORIES),
        recipients=disclose.some_of("recipients", facts.RECIPIENT_KINDS) if disclose.has("recipients") else None,
        second_person=disclose.some_of("second_person", facts.RECIPIENT_KINDS)
        if disclose.has("second_person")
        else frozenset(),
        second_reviewer=disclose.has("second_reviewer") and disclose.flag("second_reviewer"),
        age_bands=disclose.has("age_bands") and disclose.flag("age_bands"),
        dates_as=disclose.text("dates_as") if disclose.has("dates_as") else DATES_AS[0],
        coded_minimum=disclose.number("coded_minimum") if disclose.has("coded_minimum") else CODED_MINIMUM,
        keep_years=keep.number("years_after_matter"),
        log_years=keep.number("log_years") if keep.has("log_years") else LOG_YEARS,
        still_months=keep.number("still_months") if keep.has("still_months") else STILL_MONTHS,
        keep_after_leaving=_after_leaving(keep.raw("after_leaving")) if keep.has("after_leaving") else None,
        rights=_rights(top.raw("rights")),
        access=_access(top.raw("access")) if top.has("access") else AccessRules(),
        laws=_laws(top.raw("laws")),
        destroy=_destroy(keep.raw("destroy")) if keep.has("destroy") else DestroyRules(),
        afterlife=read_afterlife(keep.raw("afterlife")) if keep.has("afterlife") else AfterlifeRules(),
        document=document,
    )
    _hold_floors(profile)
    return profile


def _articles(values: object) -> Mapping[str, str]:
    section = Section(values, "articles", set(ARTICLES))
    return MappingProxyType({article: section.text(article) for article in RULES})


def _after_leaving(values: object) -> KeepAfterLeaving:
    section = Section(values, "keep.after_leaving", {"years", "except_categories"})
    return KeepAfterLeaving(
        years=section.number("years"),
        except_categories=section.some_of("except_categories", facts.CATEGORIES),
    )


def _destroy(values: object) -> DestroyRules:
    names = DestroyRules.__slots__
    section = Section(values, "keep.destroy", set(), set(names))
    told = {name: section.number(name) for name in names if name != "second_person" and section.has(name)}
    asked = section.has("second_person") and section.flag("second_person")
    return DestroyRules(second_person=asked, **told)


def _rights(values: object) -> Rights:
    free = {"employees_by_name", "second_opinion_ways"}
    section = Section(values, "rights", set(Rights.__slots__) - free, free)
    return Rights(
        inzage_term=section.length("inzage_term"),
        correctie_term=section.length("correctie_term"),
        verzet_term=section.length("verzet_term"),
        complaint_term=section.length("complaint_term"),
        outer_term=section.length("outer_term"),
        free_of_charge=section.flag("free_of_charge"),
        verzet_bases=section.some_of("verzet_bases", facts.BASIS_KINDS),
        name_third_parties=section.flag("name_third_parties"),
        direct_contact_with_guardians=section.flag("direct_contact_with_guardians"),
        employees_by_name=section.has("employees_by_name") and section.flag("employees_by_name"),
        second_opinion_ways=section.some_of("second_opinion_ways", facts.ASKING_WAYS)
        if section.has("second_opinion_ways")
        else facts.ASKING_WAYS,
    )


def _access(values: object) -> AccessRules:
    section = Section(values, "access", set(AccessRules.__slots__))
    return AccessRules(
        break_glass_categories=section.some_of("break_glass_categories", facts.CATEGORIES),
        guardians_after_days=section.number("guardians_after_days"),
        warn_days=section.number("warn_days"),
    )


def _laws(values: object) -> Mapping[str, Law]:
    if not isinstance(values, list) or not values:
        raise ProfileError("laws: hier hoort een lijst van wettelijke grondslagen te staan")
    laws = [_law(entry) for entry in values]
    if len({law.id for law in laws}) != len(laws):
        raise ProfileError("laws: een wettelijke grondslag staat er twee keer in")
    return MappingProxyType({law.id: law for law in laws})


def _law(values: object) -> Law:
    needed = {"id", "cite", "actors", "recipients", "categories", "purposes", "obliges"}
    section = Section(values, "laws", needed, {"health_purposes"})
    health = section.some_of("health_purposes", facts.PURPOSES) if section.has("health_purposes") else frozenset()
    return Law(
        id=section.text("id"),
        cite=section.text("cite"),
        actors=section.some_of("actors", facts.ACTOR_KINDS),
        recipients=section.some_of("recipients", facts.RECIPIENT_KINDS),
        categories=section.some_of("categories", facts.CATEGORIES),
        purposes=section.some_of("purposes", facts.PURPOSES),
        health_purposes=health,
        obliges=section.flag("obliges"),
    )


def _hold_floors(profile: Profile) -> None:
    """Refuse a profile that goes below what the law sets for every SWV."""
    if not profile.health_categories >= HEALTH_FLOOR:
        raise ProfileError("disclose.health_categories: gezondheid (e) hoort hier altijd bij (WPO artikel 18a lid 13)")
    if not profile.identifying_categories >= IDENTIFYING_FLOOR:
        raise ProfileError("disclose.identifying_categories: a, b en d horen hier altijd bij")
    if not profile.necessity_for >= NECESSITY_FLOOR:
        raise ProfileError("record.necessity_for: e en f horen hier altijd bij")
    if profile.anonymised_purposes & {"second_opinion", "publication"}:
        raise ProfileError("disclose.anonymised_purposes: second_opinion en publication hebben een eigen regel")
    if profile.dates_as not in DATES_AS:
        raise ProfileError(f"disclose.dates_as: kies een van {', '.join(DATES_AS)}")
    if profile.coded_minimum < CODED_FLOOR:
        raise ProfileError("disclose.coded_minimum: minder dan 3 gelijke dossiers wijst naar een kind (PR4.2)")
    if profile.log_years < profile.keep_years:
        raise ProfileError("keep.log_years: het logboek blijft ten minste zo lang als de gegevens (PR12.1)")
    for law in profile.laws.values():
        if "public" in law.recipients:
            raise ProfileError(f"laws: {law.id} kan geen grondslag zijn om gegevens openbaar te maken")


class Profiles:
    """All profiles that a gateway knows, by id and version; their validity never overlaps.

    Raises `ProfileError` for an empty set, a version that occurs twice and overlapping validity.
    """

    def __init__(self, profiles: Iterable[Profile]) -> None:
        by_id: dict[str, list[Profile]] = {}
        for profile in sorted(profiles, key=lambda each: (each.id, each.valid_from, each.version)):
            by_id.setdefault(profile.id, []).append(profile)
        if not by_id:
            raise ProfileError("er is geen enkel reglement geladen")
        for versions in by_id.values():
            _check_versions(versions)
        self._by_id: Mapping[str, tuple[Profile, ...]] = {name: tuple(versions) for name, versions in by_id.items()}

    def __iter__(self) -> Iterator[Profile]:
        """Every version, by id and by validity."""
        return (profile for versions in self._by_id.values() for profile in versions)

    def get(self, profile_id: str, *, on: date | None = None, version: int | None = None) -> Profile:
        """One profile: the version asked, or that in force `on` that day, or else the latest.

        A day outside every validity takes the latest version: validity does not enter a judgement. Raises
        `FactsError` naming `profile` (or `version`) when there is none.
        """
        versions = self._by_id.get(profile_id)
        if versions is None:
            raise FactsError("profile", "dit reglement is niet bekend")
        if version is not None:
            for profile in versions:
                if profile.version == version:
                    return profile
            raise FactsError("version", "deze versie van het reglement is niet bekend")
        if on is not None and len(versions) > 1:
            for profile in versions:
                if profile.in_force(on):
                    return profile
        return versions[-1]


def _check_versions(versions: list[Profile]) -> None:
    name = versions[0].id
    if len({profile.version for profile in versions}) != len(versions):
        raise ProfileError(f"{name}: een versienummer komt twee keer voor")
    for earlier, later in pairwise(versions):
        if earlier.valid_until is None or earlier.valid_until > later.valid_from - timedelta(days=1):
            raise ProfileError(f"{name}: de versies {earlier.version} en {later.version} gelden op dezelfde dag")


def read(text: str) -> Profile:
    """A profile from TOML text; `ProfileError` when it is no TOML or no profile."""
    try:
        return parse(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"dit profiel is geen geldige TOML: {error}") from error


def shipped() -> Profiles:
    """The profiles that are shipped; `ProfileError` stops the start."""
    folder = files("gateway.reglement").joinpath("profiles")
    found = []
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.name.endswith(".toml"):
            try:
                found.append(read(entry.read_text(encoding="utf-8")))
            except ProfileError as error:
                raise ProfileError(f"{entry.name}: {error}") from error
    return Profiles(found)


def differences(old: Profile, new: Profile) -> list[tuple[str, str | None, str | None]]:
    """What differs between two profiles: (path, old, new) by path; None where the path is not there."""
    before, after = dict(_flat("", old.document)), dict(_flat("", new.document))
    return [
        (path.partition(":")[0], before.get(path), after.get(path))
        for path in sorted(before | after)
        if before.get(path) != after.get(path)
    ]


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _flat(f"{path}.{key}" if path else str(key), each)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for each in value:
            yield from _flat(f"{path}[{each.get('id')}]", each)
    elif isinstance(value, list) and path in _SENTENCES:
        # A sentence is its own place, so that only the ones that came or went are shown.
        yield from ((f"{path}: {each}", str(each)) for each in value)
    elif isinstance(value, list):
        yield path, ", ".join(sorted(map(str, value)))
    else:
        yield path, str(value)
