"""Objects in a bucket: whole when small, in parts of 8 MB when large, one part in memory at a time."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from botocore.exceptions import BotoCoreError, ClientError

from gateway.storage.base import (
    CHUNK,
    Bytes,
    ObjectMissing,
    StorageError,
    StorageFull,
    StorageRefused,
    StorageUnavailable,
    is_key,
    probe,
    require_key,
)

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import CompletedPartTypeDef

PART = 8 << 20

_MISSING = {"NoSuchKey", "NoSuchVersion", "NotFound", "404"}
_NO_ROOM = {"QuotaExceeded", "InsufficientStorage", "EntityTooLarge", "507"}
_NO_RIGHT = {
    "403",
    "AccessDenied",
    "AllAccessDisabled",
    "AccountProblem",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidObjectState",
    "InvalidToken",
    "SignatureDoesNotMatch",
}


def _translated(error: ClientError) -> StorageError:
    """Our own error for an answer of the server, with its code and never its text."""
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _MISSING:
        return ObjectMissing("The storage has no object under this key.")
    if code in _NO_ROOM:
        return StorageFull(f"The bucket is full or over its quota ({code}). Make room and try again.")
    if code in _NO_RIGHT:
        return StorageRefused(
            f"The S3 server refuses us ({code}). Check the access key, the secret key, the rights on the bucket,"
            " the clocks of both machines, and whether the object is locked."
        )
    if code == "NoSuchBucket":
        return StorageError("The bucket does not exist. Make it, or correct its name in the configuration.")
    if status >= 500 or code in {"SlowDown", "RequestTimeout", "ServiceUnavailable"}:  # noqa: PLR2004 - HTTP server errors
        return StorageUnavailable(f"The S3 server is in trouble ({code or status}). Try again later.")
    return StorageError(f"The S3 server did not accept the request ({code or status}).")


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Turn what boto3 raises into our own errors."""
    try:
        yield
    except ClientError as error:
        raise _translated(error) from error
    except BotoCoreError as error:
        raise StorageUnavailable(
            f"The S3 server cannot be reached ({type(error).__name__}). Check the endpoint, the network and the"
            " certificate of the server against the configured CA bundle."
        ) from error


class _S3Writer:
    """Gathers up to one part; a second part makes it a multipart upload."""

    def __init__(self, storage: "S3Storage", key: str) -> None:
        self._storage = storage
        self._key = key
        self._name = storage.name(key)
        self._buffer = bytearray()
        self._upload: str | None = None
        self._parts: list[CompletedPartTypeDef] = []
        self._size = 0
        self._open = False
        self._tried = False

    def __enter__(self) -> Self:
        if self._storage.exists(self._key):
            raise StorageError("An object lies under this key already; objects are never overwritten.")
        self._open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._open:
            return
        self._open = False
        self._buffer = bytearray()
        # A failing clean-up must not hide the first error; `abandoned` and the reconciler take what stays behind.
        if self._upload is not None:
            with contextlib.suppress(StorageError):
                self._storage.abort(self._key, self._upload)
        if self._tried:
            # The server may have stored the object although its answer never reached us.
            with contextlib.suppress(StorageError):
                self._storage.delete(self._key)

    def write(self, data: Bytes) -> None:
        self._require_open()
        with memoryview(data).cast("B") as rest:
            done = 0
            while done < len(rest):
                taken = rest[done : done + PART - len(self._buffer)]
                self._buffer += taken
                done += len(taken)
                if len(self._buffer) == PART:
                    self._send_part()

    def commit(self) -> None:
        self._require_open()
        self._tried = True
        if self._upload is None:
            with told():
                self._storage.client.put_object(
                    Bucket=self._storage.bucket,
                    Key=self._name,
                    Body=self._buffer,  # type: ignore[arg-type]  # boto3 takes a bytearray; its stubs do not say so
                )
        else:
            if self._buffer:
                self._send_part()
            self._complete(self._upload)
        self._open = False
        self._buffer = bytearray()

    def _send_part(self) -> None:
        client, bucket = self._storage.client, self._storage.bucket
        number = len(self._parts) + 1
        with told():
            if self._upload is None:
                self._upload = client.create_multipart_upload(Bucket=bucket, Key=self._name)["UploadId"]
            answer = client.upload_part(
                Bucket=bucket,
                Key=self._name,
                UploadId=self._upload,
                PartNumber=number,
                Body=self._buffer,  # type: ignore[arg-type]  # the same
            )
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        self._size += len(self._buffer)
        self._buffer.clear()

    def _complete(self, upload: str) -> None:
        """Ask the server to join the parts; a repeated request that finds its work done already is a success."""
        try:
            self._storage.client.complete_multipart_upload(
                Bucket=self._storage.bucket, Key=self._name, UploadId=upload, MultipartUpload={"Parts": self._parts}
            )
        except ClientError as error:
            done_already = error.response.get("Error", {}).get("Code") == "NoSuchUpload"
            if not (done_already and self._storage.exists(self._key) and self._storage.size(self._key) == self._size):
                raise _translated(error) from error
        except BotoCoreError as error:
            raise StorageUnavailable("The S3 server fell silent while it was joining the parts.") from error

    def _require_open(self) -> None:
        if not self._open:
            raise StorageError("This object is not being written: enter the writer first, and commit once.")


class S3Storage:
    """Objects in one bucket of an S3 server, named by `prefix` and key; see Storage for the promise.

    The bucket exists already, and the key holder may put, get, list and delete in it, versions and uploads included;
    without the right to list, a server calls what is missing forbidden. Checksums of the S3 protocol are sent only
    where it requires them, since older servers mishandle them; the sealed object carries its own hash.
    """

    def __init__(
        self,
        bucket: str,
        endpoint_url: str | None,
        region: str,
        access_key: str,
        secret_key: str,
        ca_bundle: Path | None = None,
        prefix: str = "",
    ) -> None:
        """Remember where the bucket is; the first use connects, so a process that forks later shares no socket."""
        self.bucket = bucket
        self._endpoint_url = endpoint_url
        self._region = region
        self._access_key = access_key
        self._secret_key = secret_key
        self._ca_bundle = ca_bundle
        self._prefix = prefix

    def __repr__(self) -> str:
        return f"S3Storage(bucket={self.bucket!r}, endpoint_url={self._endpoint_url!r}, prefix={self._prefix!r})"

    @cached_property
    def client(self) -> "S3Client":
        """The connection to the server; safe to share between threads."""
        import boto3  # noqa: PLC0415 - takes half a second, which only those who use S3 shall pay
        from botocore.config import Config  # noqa: PLC0415 - the same

        config = Config(
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=5,
            # Somebody waits for the answer: a server that is silent is given up within a minute, not after minutes.
            read_timeout=20,
            retries={"mode": "standard", "total_max_attempts": 2},
            s3={"addressing_style": "path" if self._endpoint_url else "auto"},
        )
        # An own session: the shared default one of boto3 is not made for threads.
        with told():
            return boto3.session.Session().client(
                "s3",
                endpoint_url=self._endpoint_url,
                region_name=self._region,
                aws_access_key_id=self._access_key,
                aws_secret_access_key=self._secret_key,
                verify=str(self._ca_bundle) if self._ca_bundle else None,
                config=config,
            )

    def name(self, key: str) -> str:
        """The name of this object in the bucket."""
        return self._prefix + require_key(key)

    def writer(self, key: str) -> _S3Writer:
        """A context manager that takes the bytes of a new object."""
        return _S3Writer(self, key)

    def read(self, key: str, chunk_size: int = CHUNK) -> Iterator[bytes]:
        """The object in chunks; raises ObjectMissing at the first chunk."""
        with told():
            body = self.client.get_object(Bucket=self.bucket, Key=self.name(key))["Body"]
            # Closing rather than draining: a reader who stops early does not fetch the rest.
            with contextlib.closing(body):
                yield from body.iter_chunks(chunk_size)

    def size(self, key: str) -> int:
        """The length in bytes; raises ObjectMissing."""
        with told():
            return self.client.head_object(Bucket=self.bucket, Key=self.name(key))["ContentLength"]

    def exists(self, key: str) -> bool:
        """Whether a committed object lies under this key."""
        try:
            self.size(key)
        except ObjectMissing:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove all versions and delete markers by their id; an object under a lock raises StorageRefused."""
        name = self.name(key)
        with told():
            pages = self.client.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=name)
            found = [
                entry["VersionId"]
                for page in pages
                for entry in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
                if entry["Key"] == name
            ]
            for version in found:
                self.client.delete_object(Bucket=self.bucket, Key=name, VersionId=version)

    def keys(self, older_than: datetime) -> Iterator[str]:
        """Keys of objects whose upload began before this aware instant."""
        with told():
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self._prefix):
                for entry in page.get("Contents", ()):
                    key = entry["Key"].removeprefix(self._prefix)
                    if is_key(key) and entry["LastModified"] < older_than:
                        yield key

    def abandoned(self, older_than: datetime) -> int:
        """Abort multipart uploads begun before this aware instant; returns how many."""
        with told():
            pages = self.client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.bucket, Prefix=self._prefix
            )
            left = [
                (key, entry["UploadId"])
                for page in pages
                for entry in page.get("Uploads", ())
                if is_key(key := entry["Key"].removeprefix(self._prefix)) and entry["Initiated"] < older_than
            ]
        for key, upload in left:
            self.abort(key, upload)
        return len(left)

    def abort(self, key: str, upload: str) -> None:
        """Throw away the parts of one upload; that it has ended already is no error."""
        try:
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=self.name(key), UploadId=upload)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "NoSuchUpload":
                raise _translated(error) from error
        except BotoCoreError as error:
            raise StorageUnavailable("The S3 server did not answer while an upload was being aborted.") from error

    def check(self) -> None:
        """Write, read and delete a probe."""
        probe(self)
