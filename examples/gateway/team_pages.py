"""The Teams pages: for people who are signed in to look at, and for the operator to work with."""

from __future__ import annotations

from flask import Blueprint
from flask import abort
from flask import flash
from flask import redirect
from flask import render_template
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from examples.gateway import admin
from examples.gateway import listing
from examples.gateway import origins
from examples.gateway.models import Team
from examples.gateway.models import db
from examples.gateway.origins import NotByHand
from examples.gateway.sessions import person
from examples.gateway.team_forms import TeamForm
from examples.gateway.team_forms import changed_by_hand

blueprint = Blueprint("team_pages", __name__, url_prefix=admin.TEAMS)


class DeletionForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Nothing but what every form carries against forgery."""


@blueprint.before_request
def let_in() -> ResponseReturnValue | None:
    """Let people and the operator pass, and send everybody else to the log-in."""
    return None if admin.is_logged_in() or person() is not None else admin.to_log_in()


@blueprint.get("")
def index() -> str:
    """List the teams, the person's own first."""
    text = request.args.get("q", "").replace("\x00", "").strip()
    pages, rows = listing.teams(text, request.args.get("page", 1, type=int), person())
    provenance = origins.of_teams([row.team for row in rows])
    return render_template("teams.html", text=text, pages=pages, rows=rows, provenance=provenance)


@blueprint.get("/<int:id>")
def show(id: int) -> str:
    """Show a team and who is in it."""
    team = _team(id)
    pages, members = listing.members(team, request.args.get("page", 1, type=int))
    return render_template(
        "team.html",
        team=team,
        pages=pages,
        members=members,
        provenance=origins.of_team(team),
        said=origins.of_memberships(team, members),
    )


@blueprint.route("/new", methods=["GET", "POST"])
def create() -> ResponseReturnValue:
    """Make a team by hand."""
    _operator_only()
    form = TeamForm()
    if form.validate_on_submit():
        team = Team()
        db.session.add(team)
        form.write(team)
        db.session.commit()
        flash(f"Team '{team.name}' is made.")
        return redirect(url_for(".show", id=team.id))
    page = render_template("team_form.html", form=form, team=None, provenance=None)
    return page, 400 if request.method == "POST" else 200


@blueprint.route("/<int:id>/edit", methods=["GET", "POST"])
def edit(id: int) -> ResponseReturnValue:
    """Change of a team what no identity provider decides."""
    _operator_only()
    team = _team(id)
    provenance = origins.of_team(team)
    form = TeamForm(team)
    if request.method == "POST":
        # A form that was opened before the team became an identity provider's has these fields.
        for what in changed_by_hand(team, request.form):
            provenance.check(team.name, what)
    form.leave_out(provenance)
    if form.validate_on_submit():
        form.write(team)
        db.session.commit()
        flash(f"Team '{team.name}' is saved.")
        return redirect(url_for(".show", id=team.id))
    page = render_template("team_form.html", form=form, team=team, provenance=provenance)
    return page, 400 if request.method == "POST" else 200


@blueprint.route("/<int:id>/delete", methods=["GET", "POST"])
def remove(id: int) -> ResponseReturnValue:
    """Delete a team that was made by hand, with its keys."""
    _operator_only()
    team = _team(id)
    origins.of_team(team).check_deletion(team.name)
    form = DeletionForm()
    if form.validate_on_submit():
        name = team.name
        db.session.delete(team)
        db.session.commit()
        flash(f"Team '{name}' is deleted.")
        return redirect(url_for(".index"))
    page = render_template("team_deletion.html", form=form, team=team)
    return page, 400 if request.method == "POST" else 200


@blueprint.errorhandler(NotByHand)
def refuse(error: NotByHand) -> ResponseReturnValue:
    """Say whose the decision is."""
    db.session.rollback()
    page = render_template("refusal.html", title="Not by hand", words=f"{error} Nothing was saved.")
    return page, 409


def _operator_only() -> None:
    if not admin.is_logged_in():
        abort(403, "Only the operator makes, changes and deletes teams.")


def _team(id: int) -> Team:
    return db.session.get(Team, id) or abort(404, "There is no such team.")
