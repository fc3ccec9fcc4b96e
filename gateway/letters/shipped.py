"""The texts that come along, in plain Dutch and English; an SWV can adapt each. Pure.

Source: PR11.10, issue 9 (B1 Dutch; English for parents who ask).
"""

from __future__ import annotations

from gateway.letters.language import Text

VERSION = 0
"""The version that a shipped text has; an SWV's own begin at 1."""

SHIPPED: dict[str, dict[str, Text]] = {
    "receipt": {
        "nl": Text(
            subject="Wij hebben uw verzoek ontvangen",
            body="""\
Op {ontvangen_op} kregen wij een verzoek van u over {leerling}. Het gaat om: {verzoek}.

U krijgt uiterlijk op {uiterlijk_op} een antwoord.

Hoe wij aan die dag komen: {uitleg_termijn}.

U hoeft nu niets te doen. Hebben wij nog iets van u nodig, dan schrijven wij u.""",
        ),
        "en": Text(
            subject="We have received your request",
            body="""\
On {ontvangen_op} we received a request from you about {leerling}. It is about: {verzoek}.

You will have an answer by {uiterlijk_op} at the latest.

You do not have to do anything now. If we need something else from you, we will write to you.""",
        ),
    },
    "proof_asked": {
        "nl": Text(
            subject="Wij willen zeker weten wie u bent",
            body="""\
Op {ontvangen_op} kregen wij een verzoek van u over {leerling}. Het gaat om: {verzoek}.

Wij geven gegevens alleen aan wie ze mag krijgen. Daarom vragen wij u eerst dit: {bewijs}

Wij bewaren geen kopie van uw identiteitsbewijs. Tot wij uw bewijs hebben, staat de tijd voor ons antwoord stil.""",
        ),
        "en": Text(
            subject="We need to be sure who you are",
            body="""\
On {ontvangen_op} we received a request from you about {leerling}. It is about: {verzoek}.

We give data only to people who may have them. That is why we first ask you this: {bewijs}

We keep no copy of your proof of identity. Until we have your proof, the time for our answer stands still.""",
        ),
    },
    "extension": {
        "nl": Text(
            subject="Wij hebben meer tijd nodig",
            body="""\
Op {ontvangen_op} kregen wij een verzoek van u over {leerling}. Het gaat om: {verzoek}.

Het lukt niet om op tijd te antwoorden. Dit is waarom: {redenen}

U krijgt nu uiterlijk op {uiterlijk_op} een antwoord.""",
        ),
        "en": Text(
            subject="We need more time",
            body="""\
On {ontvangen_op} we received a request from you about {leerling}. It is about: {verzoek}.

We cannot answer in time. This is why: {redenen}

You will now have an answer by {uiterlijk_op} at the latest.""",
        ),
    },
    "decision": {
        "nl": Text(
            subject="Onze beslissing op uw verzoek",
            body="""\
Op {ontvangen_op} kregen wij een verzoek van u over {leerling}. Het gaat om: {verzoek}.

Onze beslissing: uw verzoek is {beslissing}.

Dit is waarom: {redenen}

Onze beslissing rust op {artikel}.

{vervolg}""",
        ),
        "en": Text(
            subject="Our decision on your request",
            body="""\
On {ontvangen_op} we received a request from you about {leerling}. It is about: {verzoek}.

Our decision: your request is {beslissing}.

This is why: {redenen}

Our decision rests on {artikel}.

{vervolg}""",
        ),
    },
    "refusal": {
        "nl": Text(
            subject="Wij wijzen uw verzoek af",
            body="""\
Op {ontvangen_op} kregen wij een verzoek van u over {leerling}. Het gaat om: {verzoek}.

Wij doen niet wat u vraagt. Dit is waarom: {redenen}

Onze beslissing rust op {artikel}.""",
        ),
        "en": Text(
            subject="We refuse your request",
            body="""\
On {ontvangen_op} we received a request from you about {leerling}. It is about: {verzoek}.

We will not do what you ask. This is why: {redenen}

Our decision rests on {artikel}.""",
        ),
    },
    "notice_third": {
        "nl": Text(
            subject="Gegevens die u van ons kreeg, zijn veranderd",
            body="""\
U kreeg van ons gegevens over {leerling}. Er is iets veranderd: {wijziging}

Wij vragen u dit te doen: {gevraagd}

Laat ons uiterlijk op {uiterlijk_op} weten wat u hebt gedaan. Gaf u de gegevens zelf door? Vertel het dan ook aan wie \
ze van u kreeg.""",
        ),
        "en": Text(
            subject="Data that we gave you have changed",
            body="""\
We gave you data about {leerling}. Something has changed: {wijziging}

We ask you to do this: {gevraagd}

Let us know by {uiterlijk_op} what you did. Did you pass the data on? Then tell those who had them from you.""",
        ),
    },
    "reminder": {
        "nl": Text(
            subject="Herinnering",
            body="""\
Op {gevraagd_op} schreven wij u. Wij wachten nog op {waarover}.

Wilt u dat uiterlijk op {uiterlijk_op} doen?

Hebt u het intussen gedaan? Dan hoeft u niets meer te doen.""",
        ),
        "en": Text(
            subject="Reminder",
            body="""\
On {gevraagd_op} we wrote to you. We still wait for: {waarover}.

Could you please do this by {uiterlijk_op}?

Have you done it in the meantime? Then you do not have to do anything else.""",
        ),
    },
    "complaint_answer": {
        "nl": Text(
            subject="Ons antwoord op uw klacht",
            body="""\
Op {ontvangen_op} kregen wij uw klacht over hoe wij omgaan met de gegevens van {leerling}.

Wij hebben ernaar gekeken. Dit vinden wij ervan: {beslissing}.

Dit is waarom: {redenen}

{vervolg}""",
        ),
        "en": Text(
            subject="Our answer to your complaint",
            body="""\
On {ontvangen_op} we received your complaint about how we handle the data of {leerling}.

We have looked into it. This is what we think: {beslissing}.

This is why: {redenen}

{vervolg}""",
        ),
    },
    "consent_withdrawn": {
        "nl": Text(
            subject="U hebt uw toestemming ingetrokken",
            body="""\
Op {ingetrokken_op} hebt u uw toestemming ingetrokken over {leerling}. Het gaat om: {toestemming}.

Vanaf die dag doen wij dit niet meer. Wat daarvoor gebeurde, was toegestaan en blijft geldig.

{vervolg}""",
        ),
        "en": Text(
            subject="You have withdrawn your consent",
            body="""\
On {ingetrokken_op} you withdrew your consent about {leerling}. It is about: {toestemming}.

From that day on we no longer do this. What was done before was allowed and remains valid.

{vervolg}""",
        ),
    },
    "objection_received": {
        "nl": Text(
            subject="Wij hebben uw bezwaar ontvangen",
            body="""\
Op {ontvangen_op} kregen wij uw bezwaar tegen ons besluit van {genomen_op} over {leerling}. Het besluit was: {besluit}.

{te_laat}

Wij kijken opnieuw naar het besluit. U mag eerst vertellen wat u ervan vindt. Daarvoor krijgt u een uitnodiging.

Wij beslissen uiterlijk op {uiterlijk_op}. Zolang het bezwaar loopt, vernietigen wij niets uit het dossier.""",
        ),
        "en": Text(
            subject="We have received your objection",
            body="""\
On {ontvangen_op} we received your objection to our decision of {genomen_op} about {leerling}. The decision was: \
{besluit}.

{te_laat}

We will look at the decision again. You may first tell us what you think of it. You will be invited for that.

We decide by {uiterlijk_op} at the latest. As long as the objection runs, we destroy nothing of the file.""",
        ),
    },
    "objection_decided": {
        "nl": Text(
            subject="Onze beslissing op uw bezwaar",
            body="""\
Op {ontvangen_op} kregen wij uw bezwaar tegen ons besluit van {genomen_op} over {leerling}. Het besluit was: {besluit}.

Het advies van de commissie: {advies}.

Onze beslissing: {beslissing}.

Dit is waarom: {redenen}

Onze beslissing rust op {artikel}.

{vervolg}""",
        ),
        "en": Text(
            subject="Our decision on your objection",
            body="""\
On {ontvangen_op} we received your objection to our decision of {genomen_op} about {leerling}. The decision was: \
{besluit}.

The advice of the committee: {advies}.

Our decision: {beslissing}.

This is why: {redenen}

Our decision rests on {artikel}.

{vervolg}""",
        ),
    },
}
