"""Putting notices in the queue, showing them to their reader, and mailing them. Source: CV8.4, PR6.2."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import TYPE_CHECKING

from babel.support import Translations
from sqlalchemy import delete, func, select, update

from crypto.errors import CryptoError
from gateway.errors import NotFoundError
from gateway.jobs import queue as jobs
from gateway.notices.tables import Notice
from gateway.notices.told_wording import TOLD
from gateway.notices.wording import CONVENANT, KEEPING, PEERS, RIGHTS, SECOND_OPINION, SIGN_ON, Wording

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.config import Settings
    from gateway.context import Context
    from gateway.vault.keys import Vault

LINKS = {"invitation": timedelta(days=7), "password": timedelta(hours=2)}
"""Notices that hold a sign-in link, and how long the link works: mailed or used, the notice goes at once."""
READ_KEPT = timedelta(days=180)
KEPT = timedelta(days=730)
TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"


WORDINGS: dict[str, Wording] = {
    "invitation": Wording(
        subject="Uitnodiging voor Dossierpoort",
        text="U bent uitgenodigd voor Dossierpoort. Kies uw wachtwoord via deze link. "
        "De link werkt één keer, zeven dagen lang.",
        on_screen="U bent uitgenodigd voor Dossierpoort.",
    ),
    "invitation_elsewhere": Wording(
        subject="Uitnodiging voor Dossierpoort",
        text="U bent uitgenodigd, maar met dit adres hebt u al een account. Geef wie u uitnodigde een ander adres.",
        on_screen="U bent uitgenodigd, maar met dit e-mailadres bestaat al een account.",
    ),
    "invitation_waiting": Wording(
        subject="Een uitnodiging wacht op u",
        text="Iemand wordt uitgenodigd. Een tweede persoon moet kijken of het adres klopt. Meld u aan om dat te doen.",
        on_screen="Een uitnodiging wacht op een tweede persoon. Kijk of het adres klopt.",
    ),
    "let_in": Wording(
        subject="U hebt toegang gekregen in Dossierpoort",
        text="Een school gaf u toegang. Meld u aan om te zien wat er wordt bewaard.",
        on_screen="Een school gaf u toegang. Bekijk wat er wordt bewaard.",
    ),
    "password": Wording(
        subject="Nieuw wachtwoord voor Dossierpoort",
        text="U vroeg een nieuw wachtwoord aan. Kies het via deze link. De link werkt één keer, twee uur lang. "
        "Vroeg u niets aan? Dan hoeft u niets te doen.",
        on_screen="Er is een nieuw wachtwoord voor u aangevraagd.",
    ),
    "submitted": Wording(
        subject="Nieuw dossier in Dossierpoort",
        text="Een school heeft een dossier ingediend. Meld u aan om het te bekijken.",
        on_screen="Een school heeft een dossier ingediend.",
    ),
    "document_added": Wording(
        subject="Nieuw stuk in een dossier",
        text="Een school heeft een stuk toegevoegd aan een dossier. Meld u aan om het te bekijken.",
        on_screen="Er is een stuk toegevoegd aan een dossier.",
    ),
    "withdrawn": Wording(
        subject="Een stuk is ingetrokken",
        text="Een school heeft een verkeerd stuk ingetrokken. Niemand kan het meer openen. Meld u aan voor de uitleg.",
        on_screen="Een school heeft een verkeerd stuk ingetrokken. Het is meteen afgeschermd.",
    ),
    "rejected": Wording(
        subject="Een stuk kon niet worden aangenomen",
        text="Een stuk dat u toevoegde, is bij de controle afgekeurd. Meld u aan om te zien waarom.",
        on_screen="Een stuk dat u toevoegde, is bij de controle afgekeurd.",
    ),
    "verstrekking": Wording(
        subject="Er staat een verstrekking voor u klaar",
        text="Een samenwerkingsverband heeft gegevens voor u klaargezet. Meld u aan om ze te bekijken.",
        on_screen="Er staat een verstrekking voor u klaar.",
    ),
    "consent_asked": Wording(
        subject="Er wordt u om toestemming gevraagd",
        text="Een samenwerkingsverband vraagt u om toestemming. Meld u aan om te lezen waarvoor. U mag ook nee zeggen.",
        on_screen="U wordt om toestemming gevraagd. Lees waarvoor. U mag ook nee zeggen.",
    ),
    "consent_answered": Wording(
        subject="Er is antwoord op een vraag om toestemming",
        text="Iemand antwoordde op een vraag om toestemming. Meld u aan om het antwoord te zien.",
        on_screen="Er is antwoord op een vraag om toestemming.",
    ),
    "stopped": Wording(
        subject="Een toestemming is ingetrokken",
        text="Een toestemming is ingetrokken. Wat daarop rust, kan niet meer worden opgehaald. Meld u aan.",
        on_screen="Een toestemming is ingetrokken. Wat daarop rust, kan niet meer worden opgehaald.",
    ),
    "sixteen": Wording(
        subject="U beslist nu zelf over uw gegevens",
        text="U bent 16 jaar. U beslist nu zelf over uw gegevens. Meld u aan om te zien wat er wordt gevraagd.",
        on_screen="U bent 16 jaar. U beslist nu zelf: geef toestemming, of geef die niet.",
    ),
    "sixteen_guardian": Wording(
        subject="Uw kind beslist nu zelf over de gegevens",
        text="Uw kind is 16 jaar en beslist nu zelf. Uw toestemming telt niet meer voor nieuwe dingen.",
        on_screen="Uw kind is 16 jaar en beslist nu zelf. Uw toestemming telt niet meer voor nieuwe dingen.",
    ),
    "sixteen_invite": Wording(
        subject="Nodig een leerling van 16 uit",
        text="Een leerling is 16 jaar geworden en heeft nog geen account. Meld u aan om de leerling uit te nodigen.",
        on_screen="Een leerling is 16 jaar geworden en beslist nu zelf. Nodig de leerling uit.",
    ),
    "sixteen_swv": Wording(
        subject="Een leerling is 16 jaar geworden",
        text="Een leerling is 16 jaar geworden. Toestemming van ouders telt niet meer voor nieuwe dingen. Meld u aan.",
        on_screen="Een leerling is 16 jaar geworden. Toestemming van ouders telt niet meer voor nieuwe dingen.",
    ),
    "recorded": Wording(
        subject="Er is iets vastgelegd in Dossierpoort",
        text="De school of het samenwerkingsverband legde gegevens vast. Meld u aan om te zien wat en waarvoor.",
        on_screen="Er zijn gegevens vastgelegd. Bekijk wat en waarvoor.",
    ),
    "approval": Wording(
        subject="Een verstrekking wacht op uw goedkeuring",
        text="Een collega wil gegevens verstrekken. Een tweede persoon moet dat goedkeuren. Meld u aan om te kijken.",
        on_screen="Een collega wil gegevens verstrekken. Een tweede persoon moet dat goedkeuren.",
    ),
    "decided": Wording(
        subject="Over uw verstrekking is beslist",
        text="Een tweede persoon heeft beslist over een verstrekking die u vroeg. Meld u aan om te kijken.",
        on_screen="Een tweede persoon heeft beslist over een verstrekking die u vroeg.",
    ),
    "moved": Wording(
        subject="Een leerling is van school veranderd",
        text="Een leerling van een dossier in Dossierpoort is van school veranderd. Meld u aan om het te bekijken.",
        on_screen="Een leerling is van school veranderd.",
    ),
    "moved_in": Wording(
        subject="Een dossier komt mee met een nieuwe leerling",
        text="Een leerling met een dossier staat nu bij u ingeschreven. Meld u aan om het dossier te bekijken.",
        on_screen="Een leerling met een dossier staat nu bij u ingeschreven. U kunt het dossier openen.",
    ),
    "moved_away": Wording(
        subject="Een leerling staat niet meer bij u ingeschreven",
        text="Het samenwerkingsverband of een collega legde vast dat een leerling van school is veranderd. "
        "U kunt dat dossier niet meer openen.",
        on_screen="Een leerling is van school veranderd. U kunt dat dossier niet meer openen.",
    ),
    "moves": Wording(
        subject="Een leerling gaat naar een andere school",
        text="Een school legde vast dat een leerling van school verandert, op een dag die nog komt. "
        "Meld u aan om het te bekijken.",
        on_screen="Een leerling gaat op een latere dag naar een andere school.",
    ),
    "moves_in": Wording(
        subject="Een leerling met een dossier komt naar uw school",
        text="Er komt een leerling met een dossier naar uw school. Vanaf die dag kunt u het dossier openen. "
        "Meld u aan om te zien wanneer.",
        on_screen="Er komt een leerling met een dossier naar uw school. Vanaf die dag kunt u het dossier openen.",
    ),
    "moves_away": Wording(
        subject="Een leerling gaat naar een andere school",
        text="Vastgelegd is dat een leerling van uw school naar een andere school gaat. Vanaf die dag kunt u het "
        "dossier niet meer openen. Meld u aan om te zien wanneer.",
        on_screen="Een leerling gaat naar een andere school. Vanaf die dag kunt u het dossier niet meer openen.",
    ),
    "move_undone": Wording(
        subject="Een verandering van school gaat niet door",
        text="Een verandering van school die klaarstond, is ongedaan gemaakt. Meld u aan om het te bekijken.",
        on_screen="Een verandering van school die klaarstond, gaat niet door.",
    ),
    "key_expiring": Wording(
        subject="Een sleutel verloopt binnen een maand",
        text="De OpenPGP-sleutel van een ontvanger verloopt binnen een maand. Meld u aan om te zien welke.",
        on_screen="De sleutel van een ontvanger verloopt binnen een maand. Vraag een nieuwe.",
    ),
    "access_waiting": Wording(
        subject="Een voorstel voor de toegangslijst wacht op u",
        text="Iemand heeft een voorstel gedaan voor de toegangslijst. Een tweede persoon moet het goedkeuren. "
        "Meld u aan om het te bekijken.",
        on_screen="Een voorstel voor de toegangslijst wacht op goedkeuring.",
    ),
    "access_expiring": Wording(
        subject="Regels op de toegangslijst lopen binnenkort af",
        text="Op de toegangslijst loopt binnenkort een regel of een registratie af. Meld u aan om te zien welke.",
        on_screen="Op de toegangslijst loopt binnenkort een regel of een registratie af.",
    ),
    "break_glass": Wording(
        subject="Iemand opende een dossier met noodtoegang",
        text="Een medewerker van het samenwerkingsverband opende een dossier met noodtoegang. "
        "Meld u aan om te zien wie en waarom.",
        on_screen="Iemand van het samenwerkingsverband opende een dossier met noodtoegang.",
    ),
    "break_glass_family": Wording(
        subject="Iemand opende uw dossier met noodtoegang",
        text="Een medewerker van het samenwerkingsverband opende met spoed een dossier dat over u of uw kind gaat. "
        "Meld u aan om te zien wie en wanneer.",
        on_screen="Iemand van het samenwerkingsverband opende met spoed het dossier over u of uw kind.",
    ),
    "log_contradicted": Wording(
        subject="Het logboek klopt niet met wat elders is bewaard",
        text="Een getuige of een kopie elders spreekt het logboek van Dossierpoort tegen. "
        "Er kan met het logboek zijn geknoeid. Meld u aan en lees wat u moet doen.",
        on_screen="Een getuige of een kopie elders spreekt het logboek tegen. Kijk dit meteen na.",
    ),
    "factor_set": Wording(
        subject="Een tweede stap is ingesteld",
        text="Voor uw account is een tweede stap ingesteld. Deed u dit niet zelf? "
        "Kies meteen een nieuw wachtwoord en bel uw beheerder.",
        on_screen="Voor uw account is een tweede stap ingesteld. Deed u dit niet zelf? Bel uw beheerder.",
    ),
    "factor_removed": Wording(
        subject="Een tweede stap is weggehaald",
        text="Van uw account is een tweede stap weggehaald. Deed u dit niet zelf? "
        "Kies meteen een nieuw wachtwoord en bel uw beheerder.",
        on_screen="Van uw account is een tweede stap weggehaald. Deed u dit niet zelf? Bel uw beheerder.",
    ),
    "recovery_used": Wording(
        subject="Iemand gebruikte een herstelcode",
        text="Er is bij uw account aangemeld met een herstelcode. Was u dat niet? "
        "Kies meteen een nieuw wachtwoord en bel uw beheerder.",
        on_screen="Er is bij uw account een herstelcode gebruikt. Was u dat niet? Bel uw beheerder.",
    ),
    "new_device": Wording(
        subject="Aangemeld op een nieuw apparaat",
        text="Er is bij uw account aangemeld op een apparaat of een plek die wij nog niet kenden. Was u dat niet? "
        "Kies meteen een nieuw wachtwoord en bel uw beheerder.",
        on_screen="Er is aangemeld op een nieuw apparaat of een nieuwe plek. Was u dat niet? Meld het af.",
    ),
    "failed_tries": Wording(
        subject="Iemand probeert zich als u aan te melden",
        text="Bij uw account is vaak een fout wachtwoord of een foute code geprobeerd. Aanmelden kan nu even niet. "
        "Was u dat niet? Bel uw beheerder.",
        on_screen="Bij uw account is vaak een fout wachtwoord of een foute code geprobeerd.",
    ),
    "reset_waiting": Wording(
        subject="Een vraag om herstel wacht op u",
        text="Een beheerder vraagt om iemands tweede stap weg te halen. Kijk of die persoon het zelf vraagt, "
        "en beslis. Meld u aan.",
        on_screen="Een beheerder vraagt om iemands tweede stap weg te halen. Beslis of dat mag.",
    ),
    "reset_asked": Wording(
        subject="Gevraagd om uw tweede stap weg te halen",
        text="Een beheerder vraagt om de tweede stap van uw account weg te halen. Vroeg u daar niet om? "
        "Bel meteen de privacyfunctionaris van uw samenwerkingsverband.",
        on_screen="Een beheerder vraagt om uw tweede stap weg te halen. Wilt u dat niet? Bel de privacyfunctionaris.",
    ),
    "reset_done": Wording(
        subject="De tweede stap is weggehaald",
        text="Een beheerder en de privacyfunctionaris haalden samen een tweede stap weg. "
        "Bij de volgende keer aanmelden wordt een nieuwe ingesteld.",
        on_screen="Een beheerder en de privacyfunctionaris haalden samen een tweede stap weg.",
    ),
    "reset_refused": Wording(
        subject="De tweede stap blijft zoals die was",
        text="De privacyfunctionaris wees een vraag om herstel van een tweede stap af. Er is niets veranderd.",
        on_screen="De privacyfunctionaris wees een vraag om herstel van een tweede stap af.",
    ),
    "received": Wording(
        subject="Een verstrekking is ontvangen",
        text="De ontvanger heeft de ontvangst van een verstrekking bevestigd. Meld u aan voor de gegevens.",
        on_screen="De ontvanger heeft de ontvangst bevestigd.",
    ),
    **SIGN_ON,
    **KEEPING,
    **RIGHTS,
    **SECOND_OPINION,
    **TOLD,
    **PEERS,
    **CONVENANT,
}


CLOSING = "Dit bericht is automatisch verstuurd. Antwoorden kan niet."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A notice as its reader sees it."""

    id: str
    text: str
    link: str
    made_at: datetime
    unread: bool


def queue(
    session: Session,
    vault: Vault,
    context: Context,
    *,
    account_id: str,
    kind: str,
    link: str,
    tenant_id: str | None = None,
    dossier_id: str | None = None,
) -> None:
    """Put a notice in the queue, in the transaction of the act that it tells of.

    An account whose key was lost gets none: it has no address any more, and the act must not fail for it.
    """
    tenant = tenant_id or (context.actor.tenant_id if context.actor else "")
    try:
        sealed = vault.seal_json(session, account_id, "notice", {"link": link})
    except (LookupError, CryptoError):
        return
    notice = Notice(
        tenant_id=tenant,
        account_id=account_id,
        kind=kind,
        dossier_id=dossier_id,
        sealed=sealed,
        made_at=context.now,
    )
    session.add(notice)
    session.flush()
    jobs.enqueue(session, kind="mail", ref=notice.id, now=context.now)


def unread_of(session: Session, account_id: str) -> list[Notice]:
    """What this account has not read, oldest first; sign-in links are nobody else's."""
    query = select(Notice).where(Notice.account_id == account_id, Notice.read_at.is_(None), Notice.kind.not_in(LINKS))
    return list(session.scalars(query.order_by(Notice.made_at, Notice.id)))


def hand_over(session: Session, vault: Vault, context: Context, *, from_id: str, to_id: str) -> int:
    """Give someone's unread notices to whoever takes over; returns how many."""
    rows = unread_of(session, from_id)
    for row in rows:
        link = vault.open_json(session, from_id, "notice", row.sealed)["link"]
        queue(
            session,
            vault,
            context,
            account_id=to_id,
            kind=row.kind,
            link=link,
            tenant_id=row.tenant_id,
            dossier_id=row.dossier_id,
        )
        row.read_at = context.now
    return len(rows)


def inbox(session: Session, vault: Vault, account_id: str, limit: int = 50) -> list[Shown]:
    """The newest notices of this account; sign-in links are not shown here."""
    query = (
        select(Notice)
        .where(Notice.account_id == account_id, Notice.kind.not_in(LINKS))
        .order_by(Notice.made_at.desc(), Notice.id)
        .limit(limit)
    )
    return [_shown(session, vault, row) for row in session.scalars(query)]


def unread(session: Session, account_id: str) -> int:
    """How many notices this account has not opened."""
    query = select(func.count()).where(
        Notice.account_id == account_id, Notice.read_at.is_(None), Notice.kind.not_in(LINKS)
    )
    return session.scalar(query) or 0


def mark_all_read(session: Session, account_id: str, now: datetime) -> None:
    """The reader saw the list."""
    session.execute(update(Notice).where(Notice.account_id == account_id, Notice.read_at.is_(None)).values(read_at=now))


def open_notice(session: Session, vault: Vault, account_id: str, notice_id: str) -> Shown:
    """One notice of this account."""
    row = session.get(Notice, notice_id)
    if row is None or row.account_id != account_id:
        raise NotFoundError
    return _shown(session, vault, row)


def everything(session: Session, vault: Vault, limit: int = 100) -> list[tuple[Notice, Shown]]:
    """The outbox of a demo: what would have been mailed. Never offered outside a demo."""
    query = select(Notice).order_by(Notice.made_at.desc(), Notice.id).limit(limit)
    return [(row, _shown(session, vault, row)) for row in session.scalars(query)]


def sweep(session: Session, now: datetime) -> None:
    """Remove what nobody needs any more: links past their day, and notices that are old. The worker calls this."""
    for kind, lives in LINKS.items():
        session.execute(delete(Notice).where(Notice.kind == kind, Notice.made_at < now - lives))
    session.execute(delete(Notice).where(Notice.read_at.is_not(None), Notice.made_at < now - READ_KEPT))
    session.execute(delete(Notice).where(Notice.made_at < now - KEPT))


def forget_links(session: Session, account_id: str) -> None:
    """The account's link was used: it stays nowhere, also not under seal."""
    session.execute(delete(Notice).where(Notice.account_id == account_id, Notice.kind.in_(LINKS)))


def forget_dossier(session: Session, dossier_id: str) -> None:
    """Remove the notices about a dossier that is gone."""
    session.execute(delete(Notice).where(Notice.dossier_id == dossier_id))


def _shown(session: Session, vault: Vault, row: Notice) -> Shown:
    try:
        link = vault.open_json(session, row.account_id, "notice", row.sealed)["link"]
    except (LookupError, CryptoError):  # the account's key is gone; what the notice says is in the clear
        link = "/"
    return Shown(
        id=row.id, text=WORDINGS[row.kind].on_screen, link=link, made_at=row.made_at, unread=row.read_at is None
    )


def compose(settings: Settings, *, to: str, kind: str, link: str, now: datetime, language: str = "nl") -> EmailMessage:
    """The e-mail of a notice in its reader's language. Header injection is refused by the standard library's policy."""
    wording = WORDINGS[kind]
    say = Translations.load(TRANSLATIONS, [language]).gettext
    address = settings.base_url.rstrip("/") + (link if kind in LINKS else "/")
    message = EmailMessage()
    message["Subject"] = say(wording.subject)
    message["From"] = settings.mail_from
    message["To"] = to
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain="dossierpoort.invalid")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{say(wording.text)}\n\n{address}\n\n{say(CLOSING)}\n")
    return message


def send(settings: Settings, message: EmailMessage) -> None:
    """Hand the message to the mail server.

    Raises:
        OSError, smtplib.SMTPException: it was not taken; the job is tried again later.
    """
    with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=20) as server:
        if settings.smtp_starttls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        server.send_message(message)
