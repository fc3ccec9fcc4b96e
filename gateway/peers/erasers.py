"""What travelled over a line belongs to the case that sent it: its slice erases the thread (`peers.erasing`)."""

from __future__ import annotations

from retention.erasers import Share

SHARE = Share(
    slice="peers",
    follows=("peer_attachment", "peer_message"),
    stays=("peer_thread",),
    of_nobody=("peer_link", "peer_refusal"),
    objects=("peer_attachment.object_key",),
)
