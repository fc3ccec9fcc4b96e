"""Jobs hold a kind and an opaque id: nothing of a person, and they end by themselves when what they name is gone."""

from __future__ import annotations

from retention.erasers import Share

SHARE = Share(slice="jobs", stays=("job",), of_nobody=("heartbeat", "lease"))
