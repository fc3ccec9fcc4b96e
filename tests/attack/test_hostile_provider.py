"""A provider, or an administrator, that means harm: what it signs, says of itself, and is pointed at (issue 6)."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from contextlib import closing
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import select

from audit.log import events, open_payload
from gateway.accounts.sign_on import attempts, connections, entering, leaving, links, trying
from gateway.accounts.sign_on import provider as speaking
from gateway.accounts.sign_on.attempts import INVITATION, LINK, SIGN_IN, Purpose, SignOnError
from gateway.accounts.sign_on.rules import Terms, domain_of, has_affiliation, is_member, is_strong
from gateway.accounts.sign_on.tables import ACTIVE, SignOnConnection, SignOnLink
from gateway.accounts.sign_on.tokens import LOGOUT_EVENT, usable
from gateway.accounts.tables import SignedIn
from gateway.context import Context, Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.recording import Action, LogSealer
from tests import builders, doors, personas
from tests.attack.hostile_provider import CURVE, KEY, OTHER, SECRET, HostileProvider, part, signed
from tests.builders import Clock, context, demo_installation

VICTIM = "jan"


@pytest.fixture(scope="module")
def clock():
    return Clock()


@pytest.fixture(scope="module")
def services(tmp_path_factory, clock):
    with demo_installation(tmp_path_factory.mktemp("hostile"), clock=clock) as built:
        yield built


@pytest.fixture(scope="module")
def hostile():
    with closing(HostileProvider()) as made:
        yield made


@pytest.fixture(scope="module")
def school(services):
    return builders.account(services, personas.OWNER).organisation_id


@pytest.fixture(autouse=True)
def anew(services, hostile, school, clock):
    """The provider is in force for the school, the owner is joined as `jan`, and nothing is remembered."""
    hostile.reset()
    services.providers.__init__()
    clock.forward(minutes=16)  # nobody is throttled
    with services.db.writing() as session:
        for table in (SignOnLink, SignedIn, SignOnConnection):
            session.query(table).delete()
    put_in_force(services, school, terms(hostile.issuer))
    with services.db.writing() as session:
        connection = connections.active(session, school)
        account = builders.account(services, personas.OWNER)
        links.make(session, services, nobody(services), connection, account, subject=VICTIM, way="own")


def terms(issuer, **changes):
    values = {"issuer": issuer, "client": "poort", "secret": SECRET, "domains": ("school.example",)}
    return Terms(**{**values, **changes})


def put_in_force(services, organisation, wanted):
    made = connections.propose(services, context(services, personas.ADMINISTRATOR), organisation, wanted)
    connections.decide(services, context(services, personas.OFFICER), made, approve=True)
    return made


def nobody(services):
    return Context(actor=None, now=services.clock(), request_id=new_id(), network="192.0.2.0/24")


def begin(services, organisation, purpose=None):
    """The question that we put to the provider: its state and nonce."""
    with services.db.reading() as session:
        connection = connections.active(session, organisation)
    way = attempts.begin(services, nobody(services), connection, purpose or Purpose(kind=SIGN_IN), "browser")
    return {name: value[0] for name, value in parse_qs(urlsplit(way.url).query).items()}


def claims_of(services, hostile, asked, **changes):
    now = int(services.clock().timestamp())
    claims = {
        "iss": hostile.issuer, "aud": "poort", "sub": VICTIM, "iat": now, "exp": now + 300, "nonce": asked["nonce"],
    }  # fmt: skip
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


def come_back(services, organisation, asked, **changes):
    answer = entering.Answer(state=asked["state"], code="code", issuer=None, error="", browser="browser")
    return entering.come_back(services, nobody(services), organisation, replace(answer, **changes))


def enter(services, hostile, school, token=None, **changes):
    """Walk the whole way with this token, or one with these claims changed."""
    asked = begin(services, school)
    claims = claims_of(services, hostile, asked, **changes)
    hostile.token = {"id_token": token(claims, asked) if token else signed(claims), "access_token": "a"}
    return come_back(services, school, asked)


def sessions_of(services):
    with services.db.reading() as session:
        return list(session.scalars(select(SignedIn)))


def last_event(services, action):
    with services.db.reading() as session:
        row = events(session.connection(), action=action).rows[0]
        tenant = builders.account(services, personas.OWNER).tenant_id
        sealer = LogSealer(session, services.vault, organisation_id=tenant, year=services.clock().year)
        return row, open_payload(row, sealer)


def test_a_token_that_fits_in_every_part_signs_in_and_so_the_refusals_below_mean_something(services, hostile, school):
    came = enter(services, hostile, school)
    assert came.token
    assert len(sessions_of(services)) == 1
    assert sessions_of(services)[0].factor is None


NOW = 0
LIES = {
    "another nonce": {"nonce": "x"},
    "no nonce": {"nonce": None},
    "a nonce of another kind": {"nonce": 5},
    "another issuer": {"iss": "https://login.elders.example"},
    "the issuer with a slash": {"iss": "{issuer}/"},
    "for another client": {"aud": "iemand-anders"},
    "for many, by another": {"aud": ["poort", "iemand-anders"]},
    "handed to another": {"azp": "iemand-anders"},
    "for nobody": {"aud": None},
    "an audience that holds the name": {"aud": "poortwachter"},
    "past its end": {"exp": -61},
    "without an end": {"exp": None},
    "an end that is a text": {"exp": "morgen"},
    "an end that is true": {"exp": True},
    "made long ago": {"iat": -700},
    "made in the future": {"iat": 120},
    "made never": {"iat": None},
    "not yet to be used": {"nbf": 120},
    "of nobody": {"sub": None},
    "of an empty name": {"sub": ""},
    "of a number": {"sub": 1},
    "of a list": {"sub": [VICTIM]},
    "of a name without end": {"sub": "x" * 256},
    "of a name with a line end": {"sub": "jan\n"},
}


@pytest.mark.parametrize("lie", LIES)
def test_an_id_token_that_lies_in_one_claim_signs_nobody_in(services, hostile, school, lie):
    now = int(services.clock().timestamp())
    changes = {
        name: now + value if name in {"exp", "iat", "nbf"} and type(value) is int
        else value.format(issuer=hostile.issuer) if isinstance(value, str) else value
        for name, value in LIES[lie].items()
    }  # fmt: skip

    def token(claims, _asked):
        lied = {**claims, **changes}
        return signed({name: value for name, value in lied.items() if value is not None})

    with pytest.raises(SignOnError) as refused:
        enter(services, hostile, school, token)
    assert refused.value.code == "token"
    assert sessions_of(services) == []
    row, payload = last_event(services, Action.SIGN_IN_FAILED)
    assert (row.outcome, payload["refused"]) == ("refused", "token")


def _hs256(claims, secret):
    head = f"{part({'alg': 'HS256', 'kid': 'k1'})}.{part(claims)}"
    return f"{head}.{part(hmac.digest(secret, head.encode(), 'sha256'))}"


FORGERIES = {
    "not signed": lambda claims, _: f"{part({'alg': 'none'})}.{part(claims)}.",
    "not signed, spelled otherwise": lambda claims, _: f"{part({'alg': 'nOnE'})}.{part(claims)}.",
    "signed by the client's secret": lambda claims, _: _hs256(claims, SECRET.encode()),
    "signed by the public key as a secret": lambda claims, _: _hs256(claims, KEY.as_pem(private=False)),
    "signed by another key of the same name": lambda claims, _: signed(claims, key=OTHER),
    "signed by a key that comes along": lambda claims, _: signed(
        claims, {"jwk": OTHER.as_dict(private=False)}, key=OTHER
    ),
    "signed by a key with an unknown name": lambda claims, _: signed(claims, {"kid": "k2"}, key=OTHER),
    "its signature cut off": lambda claims, _: signed(claims).rpartition(".")[0] + ".",
    "its claims changed afterwards": lambda claims, _: ".".join(
        [signed(claims).split(".")[0], part({**claims, "sub": "iemand"}), signed(claims).split(".")[2]]
    ),
    "says it is another kind of token": lambda claims, _: signed(claims, {"typ": "logout+jwt"}),
    "with a part that must be understood": lambda claims, _: (
        f"{part({'alg': 'RS256', 'crit': ['x'], 'x': 1})}.{part(claims)}.{part(b'x')}"
    ),
    "of another algorithm than its key": lambda claims, _: ".".join(
        [part({"alg": "ES256", "kid": "k1"}), *signed(claims).split(".")[1:]]
    ),
    "encrypted": lambda *_: "a.b.c.d.e",
    "no token": lambda *_: "niets",
    "empty": lambda *_: "",
    "too long": lambda claims, _: signed({**claims, "x": "y" * 20_000}),
    "a list of claims": lambda *_: f"{part({'alg': 'RS256', 'kid': 'k1'})}.{part([1])}.{part(b'x')}",
    "a header that nests without end": lambda *_: f"{part(b'[' * 5000)}.{part({})}.{part(b'x')}",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_id_token_signs_nobody_in(services, hostile, school, forgery):
    with pytest.raises(SignOnError) as refused:
        enter(services, hostile, school, FORGERIES[forgery])
    assert refused.value.code == "token"
    assert sessions_of(services) == []


def test_weak_secret_and_foreign_keys_of_a_key_set_are_left_out():
    weak = RSAKey.generate_key(1024, {"kid": "weak"}, private=True).as_dict(private=False)
    secret = {"kty": "oct", "k": part(b"x" * 32), "kid": "secret"}
    cipher = {**KEY.as_dict(private=False), "use": "enc"}
    other = {**KEY.as_dict(private=False), "alg": "HS256"}
    odd = [
        None,
        5,
        {},
        {"kty": "RSA"},
        {"kty": "RSA", "n": "!", "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "x": "", "y": ""},
    ]
    private = KEY.as_dict(private=True)
    found = usable({"keys": [weak, secret, cipher, other, *odd, private, CURVE.as_dict(private=False)]})
    assert [key["kty"] for key in found] == ["RSA", "EC"]
    assert not {"d", "p", "q"} & set(found[0])
    assert usable([]) == usable({"keys": "x"}) == usable(None) == []


def test_odd_key_names_do_not_make_us_call_the_provider_again_and_again(services, hostile, school):
    for _ in range(5):
        with pytest.raises(SignOnError):
            enter(services, hostile, school, lambda claims, _: signed(claims, {"kid": new_id()}, key=OTHER))
    assert hostile.heard("/keys") == 1


def test_an_answer_of_another_provider_is_told_apart_by_who_it_says_it_is(services, hostile, school):
    """RFC 9207: the attacker's provider sends people back to the address of the honest one."""
    asked = begin(services, school)
    hostile.token = {"id_token": signed(claims_of(services, hostile, asked))}
    with pytest.raises(SignOnError) as refused:
        come_back(services, school, asked, issuer="https://login.elders.example")
    assert refused.value.code == "token"
    assert hostile.heard("/token") == 0  # the code was not handed over
    hostile.document["authorization_response_iss_parameter_supported"] = True
    services.providers.__init__()
    with pytest.raises(SignOnError):
        come_back(services, school, begin(services, school), issuer=None)


def test_an_answer_at_the_address_of_another_organisation_is_refused(services, hostile, school):
    asked = begin(services, school)
    hostile.token = {"id_token": signed(claims_of(services, hostile, asked))}
    other = builders.account(services, personas.OTHER_SCHOOL).organisation_id
    with pytest.raises(SignOnError) as refused:
        come_back(services, other, asked)
    assert refused.value.code == "again"
    with pytest.raises(SignOnError):
        come_back(services, school, asked)  # and it is spent


def test_an_attempt_counts_ten_minutes(services, hostile, school, clock):
    asked = begin(services, school)
    clock.forward(minutes=10, seconds=1)
    hostile.token = {"id_token": signed(claims_of(services, hostile, asked))}
    with pytest.raises(SignOnError) as refused:
        come_back(services, school, asked)
    assert refused.value.code == "again"


def test_a_provider_vouches_for_its_own_organisation_only(services, hostile, school):
    """The link stands, but the account moved to another school: the old provider does not speak for it any more."""
    from gateway.accounts.tables import Account

    other = builders.account(services, personas.OTHER_SCHOOL).organisation_id
    owner = builders.account(services, personas.OWNER).id
    with services.db.writing() as session:
        session.get_one(Account, owner).organisation_id = other
    try:
        with pytest.raises(SignOnError) as refused:
            enter(services, hostile, school)
        assert refused.value.code == "elsewhere"
    finally:
        with services.db.writing() as session:
            session.get_one(Account, owner).organisation_id = school


def test_the_provider_of_one_organisation_finds_nobody_of_another_whatever_subject_it_names(services, hostile, school):
    officer = builders.account(services, personas.OFFICER)
    with services.db.writing() as session:
        swv = put_in_force_in(session, services, officer.organisation_id)
        links.make(session, services, nobody(services), swv, officer, subject="officier", way="own")
    for subject in ("officier", officer.id, personas.OFFICER):
        with pytest.raises(SignOnError) as refused:
            enter(services, hostile, school, sub=subject)
        assert refused.value.code == "unknown"


def put_in_force_in(session, services, organisation_id):
    """The honest provider of another organisation: never called here."""
    row = SignOnConnection(
        tenant_id=session.get_one(connections.Organisation, organisation_id).tenant_id, organisation_id=organisation_id,
        state=ACTIVE, issuer="https://login.swv.example", client="poort", secret=b"", domains="swv.example",
        proposed_by="a" * 32, proposed_at=services.clock(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def test_an_administrator_alone_puts_no_provider_in_force(services, school):
    admin, officer = context(services, personas.ADMINISTRATOR), context(services, personas.OFFICER)
    made = connections.propose(services, admin, school, terms("https://van-mij.example"))
    with services.db.reading() as session:
        assert connections.active(session, school).issuer != "https://van-mij.example"
    for someone in (personas.ADMINISTRATOR, personas.SWV, personas.CONTACT_PERSON, personas.OWNER):
        with pytest.raises(NotFoundError):
            connections.decide(services, context(services, someone), made, approve=True)
    with pytest.raises(ConflictError):
        connections.propose(services, admin, school, terms("https://ook-van-mij.example"))
    for someone in (personas.OFFICER, personas.SWV, personas.OWNER):
        with pytest.raises(NotFoundError):
            connections.propose(services, context(services, someone), school, terms("https://x.example"))
    connections.decide(services, officer, made, approve=False)
    with pytest.raises(ConflictError):
        connections.decide(services, officer, made, approve=True)


def test_who_points_the_organisation_at_a_server_of_their_own_finds_nobody_joined_to_it(
    services, hostile, school, clock
):
    """Even when the officer was talked into it: links belong to the issuer, and sessions end."""
    assert enter(services, hostile, school).token
    with closing(HostileProvider()) as own:
        put_in_force(services, school, terms(own.issuer))
        assert sessions_of(services) == []
        with services.db.reading() as session:
            assert session.scalars(select(SignOnLink)).all() == []
        for subject in (VICTIM, personas.OWNER, personas.OFFICER):
            with pytest.raises(SignOnError) as refused:
                enter(services, own, school, sub=subject)
            assert refused.value.code == "unknown"
        _, payload = last_event(services, Action.CONFIGURE)
        assert payload["changed"]["issuer"] == [hostile.issuer, own.issuer]
        assert SECRET not in json.dumps(payload)
        # Back at the honest one nobody is joined either: that would be another way round.
        put_in_force(services, school, terms(hostile.issuer))
        with pytest.raises(SignOnError):
            enter(services, hostile, school)


def test_another_client_of_the_same_provider_ends_the_links_too(services, hostile, school):
    """Names may belong to the client: who must sign in that way and is found no more would be shut out."""
    put_in_force(services, school, terms(hostile.issuer, required=True, strong=("sterk",)))
    with services.db.reading() as session:
        assert len(session.scalars(select(SignOnLink)).all()) == 1
    put_in_force(services, school, terms(hostile.issuer, required=True, client="nieuw"))
    with services.db.reading() as session:
        assert session.scalars(select(SignOnLink)).all() == []


def test_the_secret_of_one_provider_is_never_told_to_another(services, hostile, school):
    admin = context(services, personas.ADMINISTRATOR)
    with closing(HostileProvider()) as own:
        for changed in (terms(own.issuer, secret=""), terms(hostile.issuer, client="ander", secret="")):
            with pytest.raises(InvalidInputError) as refused:
                connections.propose(services, admin, school, changed)
            assert refused.value.field == "secret"
        connections.propose(services, admin, school, terms(own.issuer, secret="ander geheim"))
        trying.try_it(services, admin, school)
        assert own.heard("/token") == 1
        assert SECRET not in repr(own.asked)
        connections.withdraw(services, admin, school)


def test_another_tenants_organisation_and_domains_are_out_of_reach(services, school):
    from gateway.accounts.invitation_tables import MailDomain
    from gateway.accounts.setup import make_tenant

    with services.db.writing() as session:
        _, theirs = make_tenant(
            session, swv="Overkant", slug=f"overkant-{new_id()[:6]}", profile="po-raad-2014", now=services.clock()
        )
        session.add(MailDomain(organisation_id=theirs.id, domain="overkant.example", confirmed_at=services.clock()))
        place = theirs.id
    admin = context(services, personas.ADMINISTRATOR)
    with pytest.raises(NotFoundError):
        connections.propose(services, admin, place, terms("https://x.example"))
    with pytest.raises(NotFoundError):
        connections.end(services, admin, place, links=True)
    other = builders.account(services, personas.OTHER_SCHOOL).organisation_id
    for taken in ("school.example", "overkant.example", "gmail.com"):
        with pytest.raises(InvalidInputError) as refused:
            connections.propose(services, admin, other, terms("https://x.example", domains=(taken,)))
        assert refused.value.field == "domains"


def test_families_do_not_sign_in_through_an_organisation(services):
    family = builders.account(services, personas.GUARDIAN).organisation_id
    with pytest.raises(NotFoundError):
        connections.propose(services, context(services, personas.ADMINISTRATOR), family, terms("https://x.example"))


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.voorbeeld.example", "https://", "javascript:alert(1)", "https://a:b@x.example", "file:///etc/passwd",
        "https://x.example/?a=1", "https://x.example/#a", "https://x.example\r\nHost: y", 'https://x.example/"><script>',
    ],
)  # fmt: skip
def test_an_issuer_that_is_no_plain_https_address_is_refused(services, issuer):
    other = builders.account(services, personas.OTHER_SCHOOL).organisation_id
    with pytest.raises(InvalidInputError) as refused:
        connections.propose(
            services, context(services, personas.ADMINISTRATOR), other, terms(issuer, domains=("x.example",))
        )
    assert refused.value.field == "issuer"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"issuer": "https://login.elders.example"}, "issuer"),
        ({"issuer": None}, "issuer"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "address"),
        ({"authorization_endpoint": None}, "incomplete"),
        ({"token_endpoint": "http://10.0.0.1/token"}, "address"),
        ({"jwks_uri": ["https://x.example"]}, "incomplete"),
        ({"end_session_endpoint": "data:text/html,x"}, "address"),
        ({"response_types_supported": ["id_token"]}, "incomplete"),
        ({"id_token_signing_alg_values_supported": ["none", "HS256"]}, "algorithms"),
    ],
)
def test_what_a_provider_says_of_itself_is_judged_before_it_is_used(services, hostile, school, changes, code):
    hostile.document.update(changes)
    with pytest.raises(SignOnError) as refused:
        begin(services, school)
    assert refused.value.code == code


@pytest.mark.parametrize("odd", ["redirect", "huge", "deep"])
def test_a_redirect_a_flood_and_a_nest_without_end_are_no_answer(services, hostile, school, odd):
    hostile.odd = odd
    with pytest.raises(SignOnError):
        begin(services, school)
    assert hostile.heard("/elsewhere") == 0


def test_a_provider_that_drips_is_cut_off_and_not_asked_again_at_once(services, hostile, school, monkeypatch):
    monkeypatch.setattr(speaking, "SECONDS", 0.5)
    hostile.odd = "drip"
    started = time.monotonic()
    for _ in range(5):
        with pytest.raises(SignOnError) as refused:
            begin(services, school)
        assert refused.value.code == "silent"
    assert time.monotonic() - started < 2
    assert len(hostile.asked) == 1


def test_a_provider_inside_is_not_called_outside_a_demo(services, hostile):
    real = replace(services.settings, demo=False)
    for url in (
        hostile.issuer,
        "https://127.0.0.1:1",
        "https://169.254.169.254",
        "https://[::1]:1",
        "https://10.0.0.1",
    ):
        with pytest.raises(speaking.ProviderError) as refused:
            speaking.Providers().about(speaking.reach_of(real), url, services.clock())
        assert refused.value.code == "address", url
    assert hostile.asked == []


def test_the_userinfo_of_someone_else_counts_for_nothing(services, hostile, school):
    put_in_force(services, school, terms(hostile.issuer, member_claim="org", member_values=("x",)))
    hostile.person = {"sub": "iemand anders", "org": "x"}
    with pytest.raises(SignOnError) as refused:
        enter(services, hostile, school)
    assert refused.value.code == "answer"
    hostile.person = {"sub": VICTIM, "org": "x", "acr": "sterk"}
    assert enter(services, hostile, school).token


def test_an_acr_counts_only_as_the_configuration_says_and_not_when_it_is_old(services, hostile, school):
    put_in_force(services, school, terms(hostile.issuer, strong=("sterk", "amr:mfa")))
    now = int(services.clock().timestamp())
    for changes, factor in (
        ({"acr": "zwak"}, None),
        ({"acr": ["sterk"]}, None),
        ({"amr": ["pwd"]}, None),
        ({"amr": ["pwd", "mfa"]}, "sign_on"),
        ({"acr": "sterk"}, "sign_on"),
        ({"acr": "sterk", "auth_time": now - 9 * 3600}, None),
        ({"acr": "sterk", "auth_time": now + 3600}, None),
        ({"acr": "sterk", "auth_time": "straks"}, None),
    ):
        with services.db.writing() as session:
            session.query(SignedIn).delete()
        enter(services, hostile, school, **changes)
        row = sessions_of(services)[0]
        assert (row.factor, row.factor_at) == (factor, None), changes


def logout(services, hostile, school, token=None, **changes):
    now = int(services.clock().timestamp())
    claims = {
        "iss": hostile.issuer, "aud": "poort", "iat": now, "exp": now + 120, "jti": new_id(), "sub": VICTIM,
        "events": {LOGOUT_EVENT: {}},
    }  # fmt: skip
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    made = token or signed(claims, {"typ": "logout+jwt"})
    leaving.signed_out_there(services, nobody(services), school, made)
    return made


BAD_LOGOUTS = {
    "of another issuer": {"iss": "https://x.example"},
    "for another client": {"aud": "ander"},
    "of long ago": {"iat": -700},
    "of tomorrow": {"iat": 120},
    "past its end": {"exp": -61},
    "without its event": {"events": None},
    "with another event": {"events": {"http://x.example": {}}},
    "with an event that is a text": {"events": {LOGOUT_EVENT: "ja"}},
    "with a nonce": {"nonce": "x"},
    "without a name of its own": {"jti": None},
    "of nobody": {"sub": None},
}


@pytest.mark.parametrize("lie", BAD_LOGOUTS)
def test_a_logout_token_that_lies_ends_nothing(services, hostile, school, lie):
    enter(services, hostile, school)
    now = int(services.clock().timestamp())
    changes = {name: now + value if isinstance(value, int) else value for name, value in BAD_LOGOUTS[lie].items()}
    with pytest.raises(InvalidInputError):
        logout(services, hostile, school, **changes)
    assert len(sessions_of(services)) == 1


def test_a_logout_token_ends_the_sessions_it_names_once_and_no_others(services, hostile, school):
    enter(services, hostile, school, sid="s1")
    enter(services, hostile, school, sid="s2")
    doors.session_for(services, personas.OWNER)  # signed in with a password
    used = logout(services, hostile, school, sid="s1", sub=None)
    assert len(sessions_of(services)) == 2
    row, payload = last_event(services, Action.SIGN_OUT)
    assert (row.object_id, payload["sign_on"]) == (
        builders.account(services, personas.OWNER).id, "signed out at the organisation",
    )  # fmt: skip
    logout(services, hostile, school, sid="s2", sub="iemand anders")  # that session is not theirs
    assert len(sessions_of(services)) == 2
    enter(services, hostile, school, sid="s1")
    with pytest.raises(InvalidInputError):
        logout(services, hostile, school, token=used)
    assert len(sessions_of(services)) == 3
    logout(services, hostile, school)  # all that began at this provider as this person
    assert [row.link_id for row in sessions_of(services)] == [None]


def test_an_id_token_is_no_logout_token_and_the_other_way_round(services, hostile, school):
    asked = begin(services, school)
    identity = signed(claims_of(services, hostile, asked))
    with pytest.raises(InvalidInputError):
        logout(services, hostile, school, token=identity)
    now = int(services.clock().timestamp())
    out = signed(
        {"iss": hostile.issuer, "aud": "poort", "iat": now, "exp": now + 60, "jti": "j", "sub": VICTIM,
         "events": {LOGOUT_EVENT: {}}}
    )  # fmt: skip
    hostile.token = {"id_token": out}
    with pytest.raises(SignOnError):
        come_back(services, school, asked)


def test_a_provider_that_is_switched_off_on_the_way_lets_nobody_in(services, hostile, school):
    asked = begin(services, school)
    hostile.token = {"id_token": signed(claims_of(services, hostile, asked))}
    connections.end(services, context(services, personas.ADMINISTRATOR), school, links=False)
    with pytest.raises(SignOnError) as refused:
        come_back(services, school, asked)
    assert refused.value.code == "off"


def test_joining_needs_the_very_session_that_asked_for_it(services, hostile, school):
    account = builders.account(services, personas.COLLEAGUE)
    doors.session_for(services, personas.COLLEAGUE)
    mine = next(row for row in sessions_of(services) if row.account_id == account.id)
    purpose = Purpose(kind=LINK, session_id=mine.id, account_id=account.id)
    for changes in ({"session_id": None}, {"session_id": "0" * 32}):
        asked = begin(services, school, purpose)
        hostile.token = {"id_token": signed(claims_of(services, hostile, asked, sub="nieuw"))}
        with pytest.raises(SignOnError) as refused:
            come_back(services, school, asked, **changes)
        assert refused.value.code == "again"
    asked = begin(services, school, purpose)
    hostile.token = {"id_token": signed(claims_of(services, hostile, asked, sub="nieuw"))}
    assert come_back(services, school, asked, session_id=mine.id).kind == LINK


def test_an_invitation_that_is_not_there_joins_nobody(services, hostile, school):
    account = builders.account(services, personas.COLLEAGUE)
    purpose = Purpose(kind=INVITATION, account_id=account.id, invitation_hash=hashlib.sha256(b"x").digest())
    asked = begin(services, school, purpose)
    hostile.token = {"id_token": signed(claims_of(services, hostile, asked, sub="nieuw"))}
    with pytest.raises(SignOnError) as refused:
        come_back(services, school, asked)
    assert refused.value.code == "invitation"


def test_a_provider_that_takes_any_code_is_called_out_when_it_is_tried(services, hostile, school):
    hostile.token = {"id_token": "a.b.c"}
    found = trying.try_it(services, context(services, personas.ADMINISTRATOR), school)
    assert any(finding.tone == "error" and "elke code" in finding.text for finding in found)
    hostile.status, hostile.token = 401, {"error": "invalid_client"}
    found = trying.try_it(services, context(services, personas.ADMINISTRATOR), school)
    assert [finding.tone for finding in found] == ["success", "success", "error", "warning", "warning"]
    hostile.status, hostile.token = 400, {"error": "invalid_grant"}
    found = trying.try_it(services, context(services, personas.ADMINISTRATOR), school)
    assert [finding.tone for finding in found][2] == "success"


def test_membership_is_what_the_provider_says_and_never_more():
    assert is_member({"brin": "99zx"}, claim="brin", values=(), brin="99ZX00")
    assert is_member({"brin": ["00AA", "99ZX00"]}, claim="brin", values=(), brin="99ZX00")
    assert not is_member({"brin": "99ZX01"}, claim="brin", values=(), brin="99ZX00")
    assert not is_member({"brin": "99ZX"}, claim="brin", values=(), brin=None)
    assert not is_member({"brin": {"99ZX": 1}}, claim="brin", values=(), brin="99ZX00")
    assert not is_member({}, claim="brin", values=("99ZX",), brin="99ZX00")
    assert has_affiliation({"a": "employee@school.nl"}, claim="a", values=("employee",))
    assert not has_affiliation({"a": "student@school.nl"}, claim="a", values=("employee",))
    assert not is_strong({"acr": "sterk"}, ("sterk",), Role.ADMINISTRATOR)
    assert not is_strong({"acr": "sterk"}, ("sterk",), Role.PRIVACY_OFFICER)
    assert is_strong({"acr": "sterk"}, ("sterk",), Role.SCHOOL_STAFF)
    assert not is_strong({"acr": "0"}, ("0",), Role.SCHOOL_STAFF)
    assert [domain_of(text) for text in ("Jan@School.NL ", "school.nl.", "jan", "a@b@c.nl", "<x>@y.nl", "x@y z.nl")] == [
        "school.nl", "school.nl", "", "c.nl", "y.nl", "",
    ]  # fmt: skip
