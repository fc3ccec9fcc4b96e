"""A tiny application that shows every macro with sample data: python tests/browser/preview_face.py (port 5055)."""

from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple
from urllib.parse import unquote

import jinja2
from flask import Flask, abort, flash, jsonify, render_template, request
from flask_babel import Babel
from flask_wtf import CSRFProtect, FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length

ROOT = Path(__file__).resolve().parents[2]
CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
ERRORS = (400, 403, 404, 409, 413, 429, 500, 503)


class Arrived(NamedTuple):
    """An upload as it came over the line."""

    address: str
    content_type: str
    token: str | None
    file_name: str | None
    body: bytes


class PupilForm(FlaskForm):
    """One of every kind of field."""

    step = HiddenField(default="leerling")
    name = StringField("Hoe heet de leerling?", [DataRequired("Vul de naam van de leerling in."), Length(max=300)])
    born = DateField(
        "Wanneer is de leerling geboren?",
        [DataRequired("Vul de geboortedatum in.")],
        description="Zoals het in uw leerlingadministratie staat.",
    )
    school = SelectField(
        "Op welke school zit de leerling?",
        [DataRequired()],
        choices=[
            SelectChoice("", "Kies een school"),
            SelectChoice("a", "De Regenboog, vestiging Noord"),
            SelectChoice("b", "De Wilgentuin"),
        ],
    )
    matter = RadioField(
        "Waarvoor start u dit dossier?",
        [DataRequired("Kies waarvoor u dit dossier start.")],
        choices=[
            SelectChoice("tlv", "Toelaatbaarheidsverklaring"),
            SelectChoice("support", "Extra ondersteuning"),
            SelectChoice("second", "Second opinion"),
        ],
    )
    categories = SelectMultipleField(
        "Welke gegevens stuurt u mee?",
        choices=[
            SelectChoice("1", "Naam en geboortedatum"),
            SelectChoice("2", "Onderwijskundige gegevens"),
            SelectChoice("3", "Medische gegevens"),
        ],
    )
    reason = TextAreaField("Wat is de vraag van de school?", [DataRequired("Schrijf kort op wat de vraag is.")])
    phone = StringField("Op welk nummer bent u bereikbaar?")
    password = PasswordField("Wachtwoord", [DataRequired("Vul uw wachtwoord in.")])
    letter = FileField("Brief van de ouders")
    told = BooleanField(
        "De ouders weten dat wij dit dossier starten", [DataRequired("Vertel het eerst aan de ouders (artikel 4).")]
    )


VIEWER = SimpleNamespace(name="Sanne van den Berg", role_label="intern begeleider", organisation_name="De Regenboog")
MENU = [
    {"label": label, "url": f"/{n}", "current": n == 0}
    for n, label in enumerate(["Mijn leerlingen", "Nieuw dossier", "Verstrekkingen", "Second opinions", "Berichten"])
]
ROWS = [
    {
        "pupil": "Noor de Vries",
        "school": "De Regenboog",
        "status": ("In controle", "info"),
        "days": 6,
        "until": date(2026, 11, 27),
        "documents": 10,
    },
    {
        "pupil": "Jayden van 't Hof-Oosterhuis",
        "school": "De Wilgentuin",
        "status": ("Wacht op u", "warning"),
        "days": 1,
        "until": date(2026, 11, 22),
        "documents": 3,
    },
    {
        "pupil": "Fatima el Amrani",
        "school": "De Regenboog",
        "status": ("Termijn voorbij", "danger"),
        "days": -2,
        "until": date(2026, 11, 19),
        "documents": 7,
    },
    {
        "pupil": "Bram Jansen",
        "school": "De Regenboog",
        "status": ("Besluit genomen", "success"),
        "days": 41,
        "until": date(2027, 1, 1),
        "documents": 12,
    },
]
LONG_NAME = "D'Angelo \u202e\u0646\u0648\u0631 \U0001f600 " + 280 * "x" + " <b>"
EVENTS = [
    {"at": datetime(2026, 11, 20, 13, 5, tzinfo=UTC), "who": "M. Bakker", "function": "medewerker SWV", "what": "Dossier verstrekt aan Praktijk De Brug", "why": "Beoordeling van de second opinion", "article": "PR 9.3", "article_url": "#", "receipt_url": "#", "icon": "send", "tone": "success"},
    {"at": datetime(2026, 11, 19, 8, 40, tzinfo=UTC), "who": "P. Visser", "function": "privacyfunctionaris", "what": "Raadpleging nagekeken", "article": "PR 10.2", "icon": "eye"},
    {"at": datetime(2026, 11, 18, 15, 12, tzinfo=UTC), "who": "S. van den Berg", "function": "intern begeleider", "what": "Tien documenten ingediend", "why": "Aanvraag toelaatbaarheidsverklaring", "receipt_url": "#", "icon": "upload", "url": "#"},
    {"at": datetime(2026, 11, 18, 14, 1, tzinfo=UTC), "what": "Een bestand geweigerd: er zat een virus in", "icon": "danger", "tone": "danger"},
]  # fmt: skip


def create_preview() -> Flask:
    """Make the preview with the same folders and the same strict policy as the gateway."""
    app = Flask(
        "preview",
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "gateway" / "static"),
        static_url_path="/static",
    )
    app.config.update(
        SECRET_KEY="preview-only",
        BABEL_DEFAULT_LOCALE="nl",
        BABEL_DEFAULT_TIMEZONE="Europe/Amsterdam",
        PROPAGATE_EXCEPTIONS=False,
    )
    app.jinja_loader = jinja2.ChoiceLoader(
        [app.jinja_loader, jinja2.FileSystemLoader(Path(__file__).parent / "face_pages")]
    )
    app.jinja_env.undefined = jinja2.Undefined
    Babel(app)
    arrived = app.extensions["arrived"] = []

    @app.before_request
    def keep_what_arrived():
        # Before CSRFProtect, which parses the body.
        if request.method == "POST" and request.path.startswith("/documenten"):
            head = request.headers
            arrived.append(
                Arrived(
                    request.full_path.rstrip("?"),
                    head.get("Content-Type", ""),
                    head.get("X-CSRFToken"),
                    head.get("X-File-Name"),
                    request.get_data(cache=True),
                )
            )

    CSRFProtect(app)
    sent = {"files": 0}

    @app.context_processor
    def frame():
        if request.path.startswith("/fout"):
            return {"lang": "nl", "version": "0.1.0"}
        banner = (
            [{"level": "warning", "text": "Er is geen virusscanner ingesteld. Nieuwe documenten blijven in controle."}]
            if request.path == "/"
            else []
        )
        return {
            "viewer": VIEWER,
            "menu": MENU,
            "lang": "nl",
            "version": "0.1.0",
            "banner": banner,
            "footer_links": [
                {"label": "Privacyreglement", "url": "/reglement"},
                {"label": "Toegankelijkheid", "url": "/toegankelijk"},
            ],
        }

    @app.after_request
    def policy(response):
        response.headers["Content-Security-Policy"] = CSP
        return response

    @app.get("/")
    def lists():
        flash("Uw dossier is ingediend bij het samenwerkingsverband.", "success")
        rows = [dict(ROWS[0], pupil=LONG_NAME), *ROWS[1:]] if "naam" in request.args else ROWS
        return render_template("face_lists.html", rows=rows)

    @app.get("/dossier")
    def dossier():
        return render_template(
            "face_dossier.html", events=EVENTS, pupil=LONG_NAME if "naam" in request.args else "Noor de Vries"
        )

    @app.route("/formulier", methods=["GET", "POST"])
    def form():
        form = PupilForm()
        form.validate_on_submit()
        return render_template("face_form.html", form=form)

    @app.get("/documenten")
    def documents():
        return render_template("face_upload.html")

    @app.post("/documenten")
    def upload_plain():
        return render_template("face_upload.html", received=len(request.files.getlist("file")))

    @app.post("/documenten/een")
    def upload_one():
        # As gateway/dossiers/upload_web.py reads it: the file is the whole body and its name stands in the head.
        name = unquote(request.headers.get("X-File-Name", ""))
        if request.mimetype != "application/octet-stream" or not name:
            return jsonify(ok=False, message="Er kwam geen bestand aan. Kies het opnieuw."), 400
        if name.endswith(".exe"):
            return jsonify(ok=False, message="Dit soort bestand nemen wij niet aan. Maak er een PDF van."), 415
        sent["files"] += 1
        return jsonify(ok=True, document_id=sent["files"], message="Ontvangen en in controle")

    @app.get("/fout/<int:code>")
    def problem(code):
        abort(code)

    def show(error):
        return render_template(f"errors/{error.code}.html", request_id="01JD8Q"), error.code

    for code in ERRORS:
        app.register_error_handler(code, show)
    return app


if __name__ == "__main__":
    create_preview().run(port=5055)
