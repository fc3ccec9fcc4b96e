"""Every slice's part in a destruction, gathered in the one order that works: who hangs under something goes before it.

A new slice with tables writes `erasers.py` with its `SHARE` and adds it here; `tests/architecture` holds the lists
against the schema. Source: issue 10 ("completeness by construction").
"""

from __future__ import annotations

from gateway.access import erasers as access
from gateway.accounts import erasers as accounts
from gateway.anonymisation import erasers as anonymisation
from gateway.consent import erasers as consent
from gateway.convenant import casus_erasers as convenant
from gateway.disclosure import erasers as disclosure
from gateway.dossiers import erasers as dossiers
from gateway.erasure import erasers as erasure
from gateway.jobs import erasers as jobs
from gateway.letters import erasers as letters
from gateway.matters import erasers as matters
from gateway.monitor import erasers as monitor
from gateway.notices import erasers as notices
from gateway.objections import erasers as objections
from gateway.oversight import erasers as oversight
from gateway.partner_keys import erasers as partner_keys
from gateway.peers import erasers as peers
from gateway.reglement import erasers as reglement
from gateway.restrictions import erasers as restrictions
from gateway.rights import erasers as rights
from gateway.second_opinion import erasers as second_opinion
from gateway.vault import erasers as vault
from gateway.witness import erasers as witness
from retention.erasers import Share

LOG = Share(
    slice="audit",
    stays=(
        *("audit_checkpoint", "audit_closing", "audit_cosignature", "audit_event", "audit_expiry", "audit_leaf"),
        *("audit_node", "audit_pending", "audit_witnessed"),
    ),
)
"""Ids and codes: what is sealed under the audit key opens no more, and rows go at the end of the log's term."""

SHARES: tuple[Share, ...] = (
    oversight.SHARE,
    convenant.SHARE,
    second_opinion.SHARE,
    rights.SHARE,
    disclosure.SHARE,
    access.SHARE,
    consent.SHARE,
    notices.SHARE,
    matters.SHARE,
    dossiers.SHARE,
    vault.SHARE,
    # What only says that it stays, or follows another's rows.
    accounts.SHARE,
    anonymisation.SHARE,
    erasure.SHARE,
    jobs.SHARE,
    letters.SHARE,
    monitor.SHARE,
    objections.SHARE,
    partner_keys.SHARE,
    peers.SHARE,
    reglement.SHARE,
    restrictions.SHARE,
    witness.SHARE,
    LOG,
)
