"""Every table of the gateway, imported in one place so that migrations and tests see them all."""

from gateway.access import tables as access
from gateway.accounts import invitation_tables as invitations
from gateway.accounts import tables as accounts
from gateway.accounts.sign_on import tables as sign_on
from gateway.anonymisation import rendition_tables as renditions
from gateway.consent import tables as consent
from gateway.convenant import tables as convenant
from gateway.destruction import tables as destruction
from gateway.disclosure import tables as disclosure
from gateway.dossiers import tables as dossiers
from gateway.erasure import tables as erasure
from gateway.jobs import tables as jobs
from gateway.letters import tables as letters
from gateway.matters import breach_tables as breaches
from gateway.matters import tables as matters
from gateway.monitor import tables as monitor
from gateway.notices import tables as notices
from gateway.objections import tables as objections
from gateway.oversight import tables as oversight
from gateway.partner_keys import tables as partner_keys
from gateway.peers import tables as peers
from gateway.reglement import tables as reglement
from gateway.restrictions import tables as restrictions
from gateway.rights import inzage_tables as inzage
from gateway.rights import tables as rights
from gateway.rights import told_tables as told
from gateway.second_opinion import tables as second_opinion
from gateway.vault import tables as vault
from gateway.witness import tables as witness

__all__ = [
    "access",
    "accounts",
    "breaches",
    "consent",
    "convenant",
    "destruction",
    "disclosure",
    "dossiers",
    "erasure",
    "invitations",
    "inzage",
    "jobs",
    "letters",
    "matters",
    "monitor",
    "notices",
    "objections",
    "oversight",
    "partner_keys",
    "peers",
    "reglement",
    "renditions",
    "restrictions",
    "rights",
    "second_opinion",
    "sign_on",
    "told",
    "vault",
    "witness",
]
