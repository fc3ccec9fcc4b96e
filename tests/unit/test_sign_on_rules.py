"""What an administrator may fill in for single sign-on, told at its field. Source: issue 6."""

from __future__ import annotations

import dataclasses

import pytest

from gateway.accounts.sign_on import rules
from gateway.accounts.sign_on.rules import Terms
from gateway.errors import InvalidInputError

GOOD = Terms(issuer="https://login.voorbeeld.example", client="dossierpoort", domains=("voorbeeld.example",))


def checked(**changes):
    return rules.checked(dataclasses.replace(GOOD, **changes), loopback=False, brin=None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"issuer": "http://login.voorbeeld.example"}, "issuer"),
        ({"issuer": "geen adres"}, "issuer"),
        ({"client": "met spatie"}, "client"),
        ({"client": ""}, "client"),
        ({"domains": ()}, "domains"),
        ({"domains": ("geen_domein",)}, "domains"),
        ({"domains": ("gmail.com",)}, "domains"),
        ({"domains": tuple(f"d{n}.example" for n in range(21))}, "domains"),
        ({"strong": ("é",)}, "strong"),
        ({"strong": tuple(str(n) for n in range(1, 22))}, "strong"),
        ({"strong": ("x" * 200,) * 6}, "strong"),
        ({"strong": ("0",)}, "strong"),
        ({"strong": ("amr:",)}, "strong"),
        ({"member_claim": "met spatie", "member_values": ("1",)}, "member_claim"),
        ({"member_claim": "brin"}, "member_values"),
        ({"member_values": ("00AA",)}, "member_claim"),
        ({"affiliation_claim": "eduPersonAffiliation"}, "affiliation_claim"),
        ({"affiliation_values": ("employee",)}, "affiliation_claim"),
        ({"affiliation_claim": "spa tie", "affiliation_values": ("employee",)}, "affiliation_claim"),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field(changes, field):
    with pytest.raises(InvalidInputError) as refused:
        checked(**changes)
    assert refused.value.field == field


def test_what_can_be_used_comes_back_in_one_spelling():
    found = checked(
        issuer=" https://login.voorbeeld.example ",
        client=" dossierpoort ",
        domains=("@Voorbeeld.example", "voorbeeld.example"),
        member_claim=" brin ",
        member_values=("00AA",),
        affiliation_claim="eduPersonAffiliation",
        affiliation_values=("employee",),
        strong=("https://refeds.org/profile/mfa", "amr:mfa"),
    )
    assert (found.issuer, found.client) == ("https://login.voorbeeld.example", "dossierpoort")
    assert (found.domains, found.member_claim) == (("voorbeeld.example",), "brin")


def test_a_claim_without_values_needs_the_organisations_own_brin():
    terms = dataclasses.replace(GOOD, member_claim="brin")
    assert rules.checked(terms, loopback=False, brin="00AA00").member_claim == "brin"


def test_this_machine_without_tls_is_for_a_demo_alone():
    terms = dataclasses.replace(GOOD, issuer="http://127.0.0.1:9000")
    assert rules.checked(terms, loopback=True, brin=None).issuer == "http://127.0.0.1:9000"
    with pytest.raises(InvalidInputError):
        rules.checked(terms, loopback=False, brin=None)
