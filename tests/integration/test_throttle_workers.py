"""With four processes the limit is the limit: tries are counted in the table that all of them share (issue 6)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

from gateway.services import utc_now
from tests import doors, personas
from tests.portal import serve

TRIES = 24


def test_ten_wrong_passwords_are_looked_at_and_one_code_lets_one_in_however_many_processes_are_asked_at_once(services):
    with serve(services.settings, workers=4) as portal:
        assert wrong_passwords(portal) == [400] * 10 + [429] * (TRIES - 10)
        assert one_code(portal) == [303] + [400] * 5


def wrong_passwords(portal):
    people = [portal.person() for _ in range(TRIES)]
    tokens = [someone.token("/aanmelden") for someone in people]

    def guess(number):
        fields = {"csrf_token": tokens[number], "email": personas.SWV, "password": "verkeerd wachtwoord"}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return people[number].ask("POST", "/aanmelden", urlencode(fields), headers).status

    with ThreadPoolExecutor(TRIES) as pool:
        return sorted(pool.map(guess, range(TRIES)))


def one_code(portal):
    people = [portal.person() for _ in range(6)]
    for someone in people:
        someone.cookie = f"dossierpoort={doors.cookie_for(portal.services, personas.OWNER, factor=None)}"
    tokens = [someone.token("/aanmelden/tweede-stap") for someone in people]
    code = doors.code(personas.OWNER, utc_now())

    def send(number):
        body = urlencode({"csrf_token": tokens[number], "code": code})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return people[number].ask("POST", "/aanmelden/tweede-stap", body, headers).status

    with ThreadPoolExecutor(len(people)) as pool:
        return sorted(pool.map(send, range(len(people))))
