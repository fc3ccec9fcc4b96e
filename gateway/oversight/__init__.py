"""The privacy officer's desk: reads and judges; uploads, discloses and changes nothing."""
