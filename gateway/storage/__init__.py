"""Where sealed objects lie: one small protocol and two adapters, a local directory and S3.

Nothing here knows what an object means. Keys are opaque, contents are sealed before they come in, and neither Flask
nor the database is in sight. An object is visible whole or not at all, and what was deleted is gone in all versions.
"""

from gateway.storage.base import (
    ObjectMissing,
    Storage,
    StorageError,
    StorageFull,
    StorageRefused,
    StorageUnavailable,
    Writer,
    new_key,
)
from gateway.storage.local import LocalStorage
from gateway.storage.locked import LockedBucket, has_object_lock
from gateway.storage.s3 import S3Storage

__all__ = [
    "LocalStorage",
    "LockedBucket",
    "ObjectMissing",
    "S3Storage",
    "Storage",
    "StorageError",
    "StorageFull",
    "StorageRefused",
    "StorageUnavailable",
    "Writer",
    "has_object_lock",
    "new_key",
]
