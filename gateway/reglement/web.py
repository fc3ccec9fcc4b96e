"""The published reglement (PR14.2), and its versions for those who make and approve them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, request

from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError
from gateway.reglement import publication, versions
from gateway.reglement.forms import DecideForm, ReglementForm, in_words, other_rules, rule_names
from gateway.text import told
from gateway.web import allow, context, page, public, said, see_other, services, show_problem

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("reglement", __name__)

SEERS = (Role.ADMINISTRATOR, Role.CONTACT_PERSON, Role.PRIVACY_OFFICER)


@blueprint.get("/reglement")
@public
def published_list() -> Response:
    """Whose reglement can be read here."""
    with services().db.reading() as session:
        tenants = publication.tenants(session)
    return page("reglement/tenants.html", tenants=tenants)


@blueprint.get("/reglement/<slug>")
@public
def published(slug: str) -> Response:
    """The reglement in force, for everyone (PR14.2)."""
    with services().db.reading() as session:
        tenant = publication.tenant(session, slug)
        profile = versions.in_force(session, tenant.id, tenant.profile_id, context().today)
    return page("reglement/published.html", tenant=tenant, profile=profile, rules=rule_names(), others=other_rules())


@blueprint.get("/reglement-beheer")
@allow(*SEERS)
def overview() -> Response:
    """The versions of our reglement."""
    with services().db.reading() as session:
        tenant = publication.own_tenant(session, context().person)
        rows = versions.of_tenant(session, tenant.id)
        current = versions.in_force(session, tenant.id, tenant.profile_id, context().today)
    may_draft = context().person.role in versions.DRAFTERS
    return page("reglement/overview.html", tenant=tenant, rows=rows, current=current, may_draft=may_draft)


@blueprint.route("/reglement-beheer/nieuw", methods=["GET", "POST"])
@allow(*versions.DRAFTERS, fresh=True)
def new() -> Response:
    """Draft a version on top of the one in force."""
    with services().db.reading() as session:
        tenant = publication.own_tenant(session, context().person)
        current = versions.in_force(session, tenant.id, tenant.profile_id, context().today)
    base: dict[str, Any] = versions.as_json(dict(current.document))
    form = ReglementForm()
    articles = {key: request.form.get(f"article-{key}", value) for key, value in base["articles"].items()}
    if not form.is_submitted():
        form.show(base)
    if form.validate_on_submit():
        try:
            made = versions.draft(
                services(), context(), tenant.profile_id, form.document(base, articles), form.valid_from.data
            )
        except InvalidInputError as problem:
            show_problem(form, problem)
            return page("reglement/new.html", problem.status, form=form, articles=articles, rules=rule_names())
        flash(said("De versie is gemaakt als concept. Een tweede persoon moet die goedkeuren."), "success")
        return see_other(f"/reglement-beheer/{made}")
    return page("reglement/new.html", 400 if form.errors else 200, form=form, articles=articles, rules=rule_names())


@blueprint.get("/reglement-beheer/<version_id>")
@allow(*SEERS)
def show(version_id: str) -> Response:
    """One version, and what differs from the one before it."""
    actor = context().person
    with services().db.reading() as session:
        publication.own_tenant(session, actor)
        row = versions.get(session, actor.tenant_id, version_id)
        differences = versions.changes(session, row)
    may_decide = row.state == "draft" and row.made_by != actor.account_id and actor.role in versions.APPROVERS
    return page(
        "reglement/version.html",
        row=row,
        differences=in_words(differences),
        may_decide=may_decide,
        form=DecideForm(),
        own=row.made_by == actor.account_id,
    )


@blueprint.post("/reglement-beheer/<version_id>/<any('goedkeuren','afwijzen'):what>")
@allow(*versions.APPROVERS, fresh=True)
def decide(version_id: str, what: str) -> Response:
    """A second person approves or rejects a draft."""
    with services().db.reading() as session:
        publication.own_tenant(session, context().person)
    try:
        versions.decide(services(), context(), version_id, approve=what == "goedkeuren")
    except ConflictError as problem:
        flash(told(problem.message), "warning")
        return see_other(f"/reglement-beheer/{version_id}")
    flash(said("De versie is goedgekeurd.") if what == "goedkeuren" else said("De versie is afgewezen."), "success")
    return see_other("/reglement-beheer")
