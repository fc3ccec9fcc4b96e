"""What each act does to a case, or why it cannot be done: one function an act. `rules.advance` chooses among them.

Source: CV2-CV5, SO1-SO4, PR10.3.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gateway.second_opinion.state import (
    CHECKS,
    EXTENSION,
    KINDS,
    MOST_EXPERTS,
    PARTS,
    Act,
    Expert,
    Refused,
    State,
)
from gateway.sentences import sentence
from retention.terms import Length, last_day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _write(state: State, act: Act) -> State | Refused:
    if act.data.get("about") not in KINDS:
        return Refused(reason=sentence("Kies waar de second opinion over gaat."), article="SO1")
    return replace(
        state,
        phase="draft" if state.phase == "draft" else "check",
        written=state.written + 1,
        checked=False,
        by_parents=bool(act.data.get("by_parents")),
        second_expert=bool(act.data.get("second_expert")),
    )


def _offer(state: State, _act: Act) -> State | Refused:
    return replace(state, phase="check")


def _check(state: State, act: Act) -> State | Refused:
    items = act.data.get("items") or {}
    if set(items) != set(CHECKS):
        return Refused(reason=sentence("Kijk elk punt van de controle na."), article="CV3.5")
    holds = all(items[name] is True for name in CHECKS)
    return replace(state, phase="check" if holds else "consultation", checked=holds)


def _send(state: State, _act: Act) -> State | Refused:
    if not state.checked:
        return Refused(
            reason=sentence("Controleer het verzoek eerst, punt voor punt. Alles moet kloppen."), article="CV3.5"
        )
    return replace(state, phase="sent")


def _say(state: State, act: Act) -> State | Refused:
    return (
        state if str(act.data.get("text", "")).strip() else Refused(reason=sentence("Schrijf iets."), article="CV3.6")
    )


def _to(phase: str) -> Callable[[State, Act], State | Refused]:
    def step(state: State, _act: Act) -> State | Refused:
        return replace(state, phase=phase, due=None)

    return step


def _decline(state: State, act: Act) -> State | Refused:
    return replace(state, phase="declined", access_until=act.on, due=None)


def _propose(state: State, act: Act) -> State | Refused:
    if state.supplied:
        return Refused(reason=sentence("De stukken zijn al geleverd. De afspraken liggen vast."), article="CV4.4")
    if not str(act.data.get("manner", "")).strip() or not act.data.get("deliver_by"):
        return Refused(reason=sentence("Spreek ten minste de manier en de termijn af."), article="CV4.2")
    phase = "delivery" if state.phase == "delivery" else "agreements"
    return replace(state, phase=phase, proposal=dict(act.data), proposed_by=act.side)


def _agree(state: State, act: Act) -> State | Refused:
    if state.proposal is None:
        return Refused(reason=sentence("Er ligt geen voorstel voor afspraken."), article="CV4.2")
    if act.side == state.proposed_by:
        return Refused(reason=sentence("De andere partij moet met uw voorstel instemmen."), article="CV4.4")
    return replace(
        state, phase="delivery", agreed=state.proposal, agreements=state.agreements + 1, proposal=None, proposed_by=""
    )


def _assign(state: State, act: Act) -> State | Refused:
    expert_id = str(act.data.get("expert", ""))
    if not expert_id or state.expert(expert_id) is not None:
        return Refused(reason=sentence("Deze deskundige is al aangewezen."), article="CV2.3")
    if len(state.experts) >= MOST_EXPERTS:
        return Refused(reason=sentence("Er zijn al twee deskundigen."), article="CV2.4")
    if _is_signed(state):
        return Refused(reason=sentence("Het advies is al ondertekend."), article="CV2.2")
    nvo = bool(act.data.get("nvo"))
    if not nvo and not any(each.nvo for each in state.experts):
        return Refused(
            reason=sentence("De eerste deskundige is een orthopedagoog met een geldige registratie bij de NVO."),
            article="CV2.3",
        )
    if not nvo and not str(act.data.get("registration", "")).strip():
        return Refused(reason=sentence("Vul de registratie van deze deskundige in."), article="CV2.4")
    return replace(state, experts=(*state.experts, Expert(id=expert_id, nvo=nvo)))


def _release(state: State, act: Act) -> State | Refused:
    left = tuple(each for each in state.experts if each.id != act.data.get("expert"))
    if len(left) == len(state.experts) or _is_signed(state):
        return Refused(reason=sentence("Deze deskundige kan nu niet van de zaak af."), article="CV2.3")
    if left and not any(each.nvo for each in left):
        return Refused(
            reason=sentence("Dan blijft er geen orthopedagoog met een NVO-registratie over."), article="CV2.3"
        )
    if state.phase == "in_review" and len(left) < state.experts_needed:
        return Refused(reason=sentence("Wijs eerst een andere deskundige aan."), article="SO2")
    return replace(state, experts=left)


def _admit(state: State, act: Act) -> State | Refused:
    return _of_expert(state, act, admitted=True)


def _declare(state: State, act: Act) -> State | Refused:
    if act.data.get("confidential") is not True:
        return Refused(reason=sentence("Beloof eerst geheimhouding."), article="PR10.3")
    if act.data.get("involved") is not False:
        return Refused(
            reason=sentence("Wie eerder bij dit dossier betrokken was, kan hierover geen second opinion geven."),
            article="SO2",
        )
    return _of_expert(state, act, declared=True)


def _of_expert(state: State, act: Act, **changes: Any) -> State | Refused:
    found = state.expert(str(act.data.get("expert", "")))
    if found is None:
        return Refused(reason=sentence("Deze deskundige hoort niet bij de zaak."), article="CV2.3")
    made = replace(found, **changes)
    return replace(state, experts=tuple(made if each.id == found.id else each for each in state.experts))


def _deliver(state: State, act: Act) -> State | Refused:
    if state.supplied:
        return Refused(reason=sentence("De stukken zijn al geleverd."), article="CV4.5")
    if state.agreed is None:
        return Refused(reason=sentence("Maak eerst afspraken over de levering."), article="CV4.2")
    parts: Mapping[str, Any] = act.data.get("parts") or {}
    for part in PARTS:
        said = parts.get(part) or {}
        if not said.get("documents") and not str(said.get("reason", "")).strip():
            return Refused(
                reason=sentence("Kies bij elk onderdeel een stuk, of schrijf waarom het ontbreekt."), article="CV4.5"
            )
    wrong = _documents(act)
    return wrong if wrong is not None else replace(state, supplied=True)


def _supplement(state: State, act: Act) -> State | Refused:
    return _documents(act) or state


def _documents(act: Act) -> Refused | None:
    """What a delivery must say about each of its documents."""
    documents: Mapping[str, Any] = act.data.get("documents") or {}
    if not documents:
        return Refused(reason=sentence("Kies ten minste één stuk."), article="CV4.5")
    for said in documents.values():
        if not str(said.get("statement", "")).strip():
            return Refused(
                reason=sentence("Schrijf bij elk stuk of het juist, volledig en actueel is."), article="CV4.3"
            )
        if said.get("form") != "anonymised" and not str(said.get("why_identifiable", "")).strip():
            return Refused(reason=sentence("Schrijf waarom de stukken niet geanonimiseerd kunnen."), article="CV4.6")
    return None


def _receive(state: State, act: Act) -> State | Refused:
    if not state.supplied:
        return Refused(reason=sentence("Er is nog niets geleverd."), article="CV4.5")
    if len(state.experts) < state.experts_needed:
        article = "SO2" if state.by_parents else "CV2.4" if state.second_expert else "CV2.3"
        needed = (
            sentence("Wijs eerst twee deskundigen aan.")
            if state.experts_needed > 1
            else sentence("Wijs eerst een deskundige aan.")
        )
        return Refused(reason=needed, article=article)
    length = Length.parse(str((state.agreed or {}).get("review") or "P2W"))
    return replace(state, phase="in_review", received_on=act.on, due=last_day(act.on, length).last_day)


def _ask(state: State, act: Act) -> State | Refused:
    if not str(act.data.get("text", "")).strip():
        return Refused(reason=sentence("Schrijf uw vraag."), article="CV4.1")
    number = state.questions + 1
    return replace(state, questions=number, open_questions=state.open_questions | {number})


def _answer(state: State, act: Act) -> State | Refused:
    number = act.data.get("question")
    if number not in state.open_questions:
        return Refused(reason=sentence("Deze vraag is al beantwoord."), article="CV4.1")
    if not str(act.data.get("text", "")).strip():
        return Refused(reason=sentence("Schrijf uw antwoord."), article="CV4.1")
    return replace(state, open_questions=state.open_questions - {number})


def _ask_more(state: State, _act: Act) -> State | Refused:
    if state.extended:
        return Refused(reason=sentence("De termijn is al een keer verlengd."), article="SO3")
    return replace(state, more_asked=True)


def _extend(state: State, act: Act) -> State | Refused:
    if state.extended or not state.more_asked or state.due is None:
        return Refused(reason=sentence("De deskundige vraagt nu niet om meer tijd."), article="SO3")
    if act.data.get("payer") not in {"school", "swv", "nobody"}:
        return Refused(reason=sentence("Kies wie het extra onderzoek betaalt."), article="SO4")
    return replace(state, more_asked=False, extended=True, due=last_day(state.due, EXTENSION).last_day)


def _refuse_more(state: State, _act: Act) -> State | Refused:
    if not state.more_asked:
        return Refused(reason=sentence("De deskundige vraagt nu niet om meer tijd."), article="SO3")
    return replace(state, more_asked=False)


def _sign(state: State, act: Act) -> State | Refused:
    found, text = state.expert(str(act.data.get("expert", ""))), str(act.data.get("hash", ""))
    if found is None or not text:
        return Refused(reason=sentence("Deze deskundige hoort niet bij de zaak."), article="CV2.3")
    if not found.declared:
        return Refused(
            reason=sentence("Beloof eerst geheimhouding en zeg of u eerder betrokken was."), article="PR10.3"
        )
    if found.signed:
        return Refused(reason=sentence("U hebt al ondertekend."), article="CV2.2")
    if any(each.signed and each.signed != text for each in state.experts):
        return Refused(reason=sentence("De tekst is anders dan die al ondertekend is."), article="CV2.2")
    if len(state.experts) < state.experts_needed:
        return Refused(reason=sentence("Er is nog een deskundige nodig."), article="SO2")
    after = _of_expert(state, act, signed=text)
    if isinstance(after, Refused) or not all(each.signed for each in after.experts):
        return after
    return replace(after, phase="signed")


def _reopen(state: State, _act: Act) -> State | Refused:
    if not _is_signed(state):
        return Refused(reason=sentence("Er is nog niet ondertekend. U kunt gewoon verder schrijven."), article="CV2.2")
    return replace(state, experts=tuple(replace(each, signed="") for each in state.experts))


def _is_signed(state: State) -> bool:
    return any(each.signed for each in state.experts)


def _confirm(state: State, _act: Act) -> State | Refused:
    if state.confirmed:
        return Refused(reason=sentence("De ontvangst is al bevestigd."), article="CV8.4")
    return replace(state, confirmed=True)


def _parents(told: str) -> Callable[[State, Act], State | Refused]:
    def step(state: State, _act: Act) -> State | Refused:
        if state.parents == "told":
            return Refused(reason=sentence("De ouders hebben het advies al."), article="WPO 18a(14)")
        return replace(state, parents=told)

    return step


def _close(state: State, act: Act) -> State | Refused:
    if not state.confirmed:
        return Refused(reason=sentence("Bevestig eerst dat u het advies hebt ontvangen."), article="CV8.4")
    if not state.parents:
        return Refused(
            reason=sentence("Geef het advies eerst aan de ouders, of schrijf waarom niet."), article="WPO 18a(14)"
        )
    days = int((state.agreed or {}).get("access_days") or 0)
    until = last_day(act.on, Length(number=days, unit="D")).unmoved if days else act.on
    return replace(state, phase="closed", access_until=until, due=None)


def _withdraw(state: State, act: Act) -> State | Refused:
    return replace(state, phase="withdrawn", access_until=act.on, due=None)


STEPS: Final[dict[str, Callable[[State, Act], State | Refused]]] = {
    "write": _write,
    "offer": _offer,
    "check": _check,
    "send": _send,
    "say": _say,
    "accept": _to("accepted"),
    "decline": _decline,
    "propose": _propose,
    "agree": _agree,
    "assign": _assign,
    "release": _release,
    "admit": _admit,
    "declare": _declare,
    "deliver": _deliver,
    "supplement": _supplement,
    "receive": _receive,
    "ask": _ask,
    "answer": _answer,
    "ask_more": _ask_more,
    "extend": _extend,
    "refuse_more": _refuse_more,
    "sign": _sign,
    "reopen": _reopen,
    "hand_over": _to("delivered"),
    "confirm": _confirm,
    "tell_parents": _parents("told"),
    "withhold": _parents("withheld"),
    "close": _close,
    "withdraw": _withdraw,
}
