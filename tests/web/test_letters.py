"""Letters by the screen: an SWV adapts a text and sees it first; a parent reads what was sent and nothing else."""

from __future__ import annotations

import re

from tests import personas
from tests.personas import visitor
from tests.web.test_reglement_versions import form_fields


def text_of(answer):
    return answer.get_data(as_text=True)


def test_a_text_is_looked_at_kept_and_taken_into_use_by_a_second_person(app):
    administrator = visitor(app, personas.ADMINISTRATOR)
    place = "/brieven/refusal/aanpassen"
    fields = form_fields(text_of(administrator.get(place)))
    fields["body_nl"] = "Nee, dit doen wij niet.\n\nWaarom niet: {redenen}\n\nHet artikel: {artikel}"
    looked = administrator.client.post(place, data={**fields, "bekijken": "1"})
    assert looked.status_code == 200
    assert "Waarom niet: De gegevens zijn nog nodig (verzonnen)." in text_of(looked)
    assert "zes weken" in text_of(looked)
    assert "wacht op" not in text_of(administrator.get("/brieven"))  # nothing was kept
    wrong = administrator.client.post(place, data={**fields, "body_nl": "Nee. <b>{redenen}</b> {artikel}"})
    assert wrong.status_code == 400
    assert "gebruik geen &lt; of &gt;" in text_of(wrong)
    assert "Nee. &lt;b&gt;" in text_of(wrong)  # what was typed is not lost
    kept = administrator.client.post(place, data=fields).location
    assert "In gebruik nemen" not in text_of(administrator.get(kept))
    second = visitor(app, personas.CONTACT_PERSON)
    assert "In gebruik nemen" in text_of(second.get(kept))
    token = form_fields(text_of(second.get(kept)))["csrf_token"]
    done = second.client.post(f"{kept}/gebruiken", data={"csrf_token": token}, follow_redirects=True)
    assert "De tekst is in gebruik." in text_of(done)
    assert "uw versie 1" in text_of(second.get("/brieven"))
    example = second.client.post("/brieven/refusal/voorbeeld", data={"csrf_token": token})
    assert example.get_data().startswith(b"%PDF")


def test_a_house_style_that_lacks_where_one_can_go_is_refused_at_its_field(app):
    officer = visitor(app, personas.OFFICER)
    fields = form_fields(text_of(officer.get("/brieven/huisstijl")))
    fields.pop("drop_logo", None)
    answer = officer.client.post("/brieven/huisstijl", data={**fields, "court": ""})
    assert answer.status_code == 400
    assert re.search(r'href="#court"[^>]*>.*Vul de rechtbank in', text_of(answer))
    fields["function"] = ""
    answer = officer.client.post("/brieven/huisstijl", data=fields)
    assert "allebei in" in text_of(answer)
