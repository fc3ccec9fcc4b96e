"""A bucket from which nothing can be taken before its day: small objects under S3 Object Lock, read by all versions."""

import base64
import hashlib
from collections.abc import Iterator
from datetime import datetime

from botocore.exceptions import ClientError

from gateway.storage.base import StorageRefused
from gateway.storage.s3 import S3Storage, told

_NOT_SET = {"ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration", "NotImplemented", "InvalidRequest"}


class LockedBucket:
    """Objects by name that stay until a day, whoever holds the keys (compliance mode)."""

    def __init__(self, storage: S3Storage) -> None:
        """Use the connection of a storage; its own rules for keys do not hold here."""
        self._storage = storage

    def __repr__(self) -> str:
        return f"LockedBucket({self._storage!r})"

    def put(self, name: str, content: bytes, *, keep_until: datetime) -> None:
        """Write an object that nobody can remove or replace before `keep_until`."""
        # The protocol asks for a digest of what is put under a lock; this one every server knows.
        digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
        with told():
            self._storage.client.put_object(
                Bucket=self._storage.bucket,
                Key=name,
                Body=content,
                ContentMD5=digest,
                ObjectLockMode="COMPLIANCE",
                ObjectLockRetainUntilDate=keep_until,
            )

    def first(self, prefix: str, count: int) -> Iterator[bytes]:
        """The contents of the first `count` objects by name, each in every version.

        A deletion without a version only puts a marker over an object, and a new version only lies on top of the old
        one: what was written once is still found.
        """
        with told():
            pages = self._storage.client.get_paginator("list_object_versions").paginate(
                Bucket=self._storage.bucket, Prefix=prefix, PaginationConfig={"PageSize": min(count, 1000)}
            )
            names: set[str] = set()
            for page in pages:
                for entry in page.get("Versions", ()):
                    names.add(entry["Key"])
                    if len(names) > count:
                        return
                    body = self._storage.client.get_object(
                        Bucket=self._storage.bucket, Key=entry["Key"], VersionId=entry["VersionId"]
                    )["Body"]
                    yield body.read()

    def check(self) -> None:
        """Return when the bucket is there and has Object Lock.

        Raises:
            StorageRefused: it has none; a bucket gets it when it is made, and never afterwards.
        """
        if not has_object_lock(self._storage):
            raise StorageRefused(
                "The bucket for checkpoints has no Object Lock: make a new bucket with Object Lock switched on."
            )
        with told():
            self._storage.client.list_object_versions(Bucket=self._storage.bucket, MaxKeys=1)


def has_object_lock(storage: S3Storage) -> bool:
    """Whether objects in this bucket can be put beyond removal."""
    with told():
        try:
            found = storage.client.get_object_lock_configuration(Bucket=storage.bucket)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _NOT_SET:
                return False
            raise
    return found.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled"
