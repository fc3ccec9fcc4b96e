"""The commands `reglement judge|list|show|diff`: the judge without configuration, keys or database."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from gateway.reglement import facts as facts_
from gateway.reglement import profiles as profiles_
from gateway.reglement.errors import FactsError, ProfileError, ReglementError
from gateway.reglement.reasons import RULES
from gateway.reglement.rules import Decision, judge
from retention.lines import RepeatedKeyError, id_of, is_id, load_strictly

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.reglement.profiles import Profile, Profiles

BAD_INPUT = 2
_LINE_KEYS = frozenset({"id", "facts"})


def _load(raw: bytes) -> Any:
    try:
        return load_strictly(raw)
    except RepeatedKeyError as error:
        raise FactsError(error.key, "deze sleutel komt twee keer voor") from error
    except ValueError as error:
        raise FactsError("feiten", "dit is geen geldige JSON in UTF-8") from error


def decide(mapping: object, profiles: Profiles) -> Decision:
    """The decision on facts in their JSON shape; `FactsError` names the key that is not right."""
    facts = facts_.parse(mapping)
    return judge(facts, profiles.get(facts.profile, on=facts.on))


def decision_json(decision: Decision) -> dict[str, object]:
    """A decision in its JSON shape."""
    return {
        "allowed": decision.allowed,
        "article": decision.article,
        "checked": list(decision.checked),
        "reason": decision.reason,
        "cited": decision.cited,
        "profile": decision.profile_id,
        "version": decision.profile_version,
    }


def judge_line(line: bytes, profiles: Profiles) -> dict[str, object]:
    """The answer to one line `{"id", "facts"}`: `{"id", "allowed", "article"}` or `{"id", "error"}`. Never raises."""
    try:
        row = _load(line)
        if not isinstance(row, dict) or not row.keys() <= _LINE_KEYS or "facts" not in row:
            raise FactsError("regel", "een regel heeft een id en facts, en niets anders")
        if not is_id(row.get("id")):
            raise FactsError("id", "hier hoort tekst of een getal te staan")
        decision = decide(row["facts"], profiles)
    except ReglementError as error:
        return {"id": id_of(line), "error": str(error)}
    return {"id": row.get("id"), "allowed": decision.allowed, "article": decision.article}


def judge_lines(lines: Iterable[bytes], profiles: Profiles) -> Iterable[str]:
    """One line of JSON for each line that is not blank."""
    return (json.dumps(judge_line(line, profiles)) + "\n" for line in lines if line.strip())


def explain(decision: Decision, profile: Profile) -> list[str]:
    """The steps of a decision in Dutch: what was passed, and what decided."""
    steps = [f"{article}  voldaan  {RULES[article]} ({profile.articles[article]})" for article in decision.checked]
    word = "toegestaan" if decision.allowed else "geweigerd"
    return [*steps, f"{decision.article}  {word}  {RULES[decision.article]} ({decision.cited})", decision.reason]


def _fail(problem: str) -> NoReturn:
    click.echo(json.dumps({"error": problem}, ensure_ascii=False))
    sys.exit(BAD_INPUT)


@click.group()
def reglement() -> None:
    """Judge by a privacyreglement, and look at the reglementen themselves."""


@reglement.command("judge")
@click.argument("source", metavar="FACTS.json|-", default="-")
@click.option(
    "--explain", "steps", is_flag=True, help="Toon ook de stappen; de laatste regel blijft het besluit als JSON."
)
@click.option("--jsonl", is_flag=True, help='Lees regels {"id","facts"}, schrijf per regel een antwoord.')
def judge_command(source: str, *, steps: bool, jsonl: bool) -> None:
    """Print the decision on the facts as JSON; exit 2 with {"error": …} when the facts are not right."""
    try:
        profiles = profiles_.shipped()
        with click.open_file(source, "rb") as given:
            if jsonl:
                sys.stdout.writelines(judge_lines(given, profiles))
                return
            decision = decide(_load(given.read()), profiles)
    except ReglementError as error:
        _fail(str(error))
    except OSError:
        _fail("het bestand met de feiten is niet te lezen")
    else:
        if steps:
            profile = profiles.get(decision.profile_id, version=decision.profile_version)
            click.echo("\n".join(explain(decision, profile)))
        click.echo(json.dumps(decision_json(decision), ensure_ascii=False))


@reglement.command("list")
def list_command() -> None:
    """List the reglementen: id, version, validity, title."""
    for profile in _shipped_or_fail():
        until = profile.valid_until.isoformat() if profile.valid_until else "heden"
        click.echo(f"{profile.id}  v{profile.version}  {profile.valid_from.isoformat()} t/m {until}  {profile.title}")


@reglement.command("show")
@click.argument("profile_id")
@click.option("--version", type=int)
def show_command(profile_id: str, *, version: int | None) -> None:
    """Print one reglement as JSON."""
    profile = _one(_shipped_or_fail(), profile_id, version)
    click.echo(json.dumps(profile.document, ensure_ascii=False, indent=2, default=str))


@reglement.command("diff")
@click.argument("old")
@click.argument("new")
def diff_command(old: str, new: str) -> None:
    """Print what differs between two reglementen, each named as ID or ID@VERSION."""
    profiles = _shipped_or_fail()
    for path, before, after in profiles_.differences(_named(profiles, old), _named(profiles, new)):
        click.echo(f"{path}\n  - {before or '(niets)'}\n  + {after or '(niets)'}")


def _named(profiles: Profiles, name: str) -> Profile:
    profile_id, _, version = name.partition("@")
    if version and not version.isdecimal():
        _fail("version: een versie is een getal")
    return _one(profiles, profile_id, int(version) if version else None)


def _one(profiles: Profiles, profile_id: str, version: int | None) -> Profile:
    try:
        return profiles.get(profile_id, version=version)
    except FactsError as error:
        _fail(str(error))


def _shipped_or_fail() -> Profiles:
    try:
        return profiles_.shipped()
    except ProfileError as error:
        _fail(str(error))


if __name__ == "__main__":
    reglement()
