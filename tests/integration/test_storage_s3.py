"""What only the S3 adapter promises, on a real server: versions, locks, quotas, secrets, certificates, cut lines."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from gateway.storage import (
    S3Storage,
    StorageError,
    StorageFull,
    StorageRefused,
    StorageUnavailable,
    new_key,
)
from gateway.storage.s3 import PART
from tests.services.processes import free_port


def _storage(service: Any, bucket: str, **changed: Any) -> S3Storage:
    settings = {
        "bucket": bucket,
        "endpoint_url": service.endpoint_url,
        "region": service.region,
        "access_key": service.access_key,
        "secret_key": service.secret_key,
        "ca_bundle": None,
        "prefix": "",
    }
    return S3Storage(**(settings | changed))


def _put(storage: S3Storage, content: bytes) -> str:
    key = new_key()
    with storage.writer(key) as writer:
        writer.write(content)
        writer.commit()
    return key


def _versions(service: Any, bucket: str) -> int:
    answer = service.client().list_object_versions(Bucket=bucket)
    return len(answer.get("Versions", [])) + len(answer.get("DeleteMarkers", []))


def _uploads(service: Any, bucket: str) -> int:
    return len(service.client().list_multipart_uploads(Bucket=bucket).get("Uploads", []))


def test_delete_removes_every_version_and_every_delete_marker(s3_service: Any) -> None:
    bucket = s3_service.new_bucket(versioned=True)
    storage = _storage(s3_service, bucket)
    key = _put(storage, b"first")
    client = s3_service.client()
    client.put_object(Bucket=bucket, Key=key, Body=b"second")
    client.delete_object(Bucket=bucket, Key=key)
    client.put_object(Bucket=bucket, Key=key + "-neighbour", Body=b"not ours")
    assert _versions(s3_service, bucket) == 4
    storage.delete(key)
    assert _versions(s3_service, bucket) == 1


def test_an_object_that_only_looks_deleted_is_missing_and_still_removed(s3_service: Any) -> None:
    bucket = s3_service.new_bucket(versioned=True)
    storage = _storage(s3_service, bucket)
    key = _put(storage, b"first")
    s3_service.client().delete_object(Bucket=bucket, Key=key)
    assert not storage.exists(key)
    storage.delete(key)
    assert _versions(s3_service, bucket) == 0


def test_an_object_under_a_lock_cannot_be_deleted_and_says_so(s3_service: Any) -> None:
    bucket = s3_service.new_bucket(object_lock=True)
    storage = _storage(s3_service, bucket)
    key = _put(storage, b"kept")
    s3_service.client().put_object_retention(
        Bucket=bucket,
        Key=key,
        Retention={"Mode": "COMPLIANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(hours=1)},
    )
    with pytest.raises(StorageRefused, match="locked"):
        storage.delete(key)
    assert b"".join(storage.read(key)) == b"kept"


@pytest.mark.parametrize("changed", [{"secret_key": "wrong"}, {"access_key": "unknown"}])
def test_wrong_credentials_are_refused_at_every_act_and_never_shown(s3_service: Any, changed: dict[str, str]) -> None:
    bucket = s3_service.new_bucket()
    key = _put(_storage(s3_service, bucket), b"x")
    storage = _storage(s3_service, bucket, **changed)
    acts = (
        storage.check,
        lambda: storage.size(key),
        lambda: storage.exists(key),
        lambda: next(storage.read(key)),
        lambda: storage.delete(key),
        lambda: next(storage.keys(datetime.now(UTC))),
        lambda: storage.abandoned(datetime.now(UTC)),
    )
    for act in acts:
        with pytest.raises(StorageRefused) as caught:
            act()
        assert s3_service.secret_key not in f"{caught.value}{storage!r}"
        assert key not in str(caught.value)
    assert _storage(s3_service, bucket).exists(key)


def test_a_bucket_that_does_not_exist_is_named_as_the_fault(s3_service: Any) -> None:
    with pytest.raises(StorageError, match="bucket does not exist"):
        _storage(s3_service, "test-nowhere").check()


def test_a_server_that_is_not_there_is_unavailable() -> None:
    storage = S3Storage("b", f"http://127.0.0.1:{free_port()}", "us-east-1", "a", "s")
    for act in (storage.check, lambda: storage.size(new_key()), lambda: next(storage.read(new_key()))):
        with pytest.raises(StorageUnavailable, match="cannot be reached"):
            act()


def test_a_certificate_of_an_unknown_authority_is_not_trusted(s3_service: Any) -> None:
    bucket = s3_service.new_bucket()
    with pytest.raises(StorageUnavailable, match="certificate"):
        _storage(s3_service, bucket, endpoint_url=s3_service.tls_endpoint_url).check()


def test_a_certificate_for_another_name_is_not_trusted(s3_service: Any) -> None:
    elsewhere = s3_service.tls_endpoint_url.replace("localhost", "127.0.0.2")
    with _Line(s3_service.tls_endpoint_url, listen="127.0.0.2", port=int(elsewhere.rpartition(":")[2])):
        storage = _storage(
            s3_service, s3_service.new_bucket(), endpoint_url=elsewhere, ca_bundle=Path(s3_service.ca_bundle)
        )
        with pytest.raises(StorageUnavailable, match="certificate"):
            storage.check()


def test_a_ca_bundle_that_is_not_there_is_told_and_not_skipped(s3_service: Any, tmp_path: Path) -> None:
    storage = _storage(
        s3_service, "b", endpoint_url=s3_service.tls_endpoint_url, ca_bundle=tmp_path / "there-is-none.pem"
    )
    with pytest.raises(StorageError):
        storage.check()


@pytest.mark.parametrize("size", [100_000, PART + 100_000])
def test_a_full_bucket_is_told_and_leaves_nothing(s3_service: Any, size: int) -> None:
    bucket = s3_service.new_bucket()
    s3_service.admin("quota", "set", "--quota-scope=bucket", f"--bucket={bucket}", "--max-size=65536")
    s3_service.admin("quota", "enable", "--quota-scope=bucket", f"--bucket={bucket}")
    storage = _storage(s3_service, bucket)
    with pytest.raises(StorageFull, match="quota"):
        _put(storage, bytes(size))
    assert list(storage.keys(datetime.now(UTC) + timedelta(minutes=1))) == []
    assert _uploads(s3_service, bucket) == 0
    storage.check()


def test_a_line_cut_during_an_upload_leaves_parts_that_the_reconciler_finds(s3_service: Any) -> None:
    bucket, key = s3_service.new_bucket(), new_key()
    direct = _storage(s3_service, bucket)
    with _Line(s3_service.endpoint_url) as line:
        storage = _storage(s3_service, bucket, endpoint_url=line.url)
        with storage.writer(key) as writer:
            writer.write(bytes(PART))
            line.cut()
            with pytest.raises(StorageUnavailable):
                writer.write(bytes(PART))
    assert not direct.exists(key)
    assert _uploads(s3_service, bucket) == 1
    assert direct.abandoned(datetime.now(UTC) + timedelta(minutes=1)) == 1
    assert _uploads(s3_service, bucket) == 0


@pytest.mark.parametrize("size", [10, PART + 10, 2 * PART])
def test_a_line_cut_before_the_commit_is_told_and_stores_no_object(s3_service: Any, size: int) -> None:
    bucket, key = s3_service.new_bucket(), new_key()
    with (
        _Line(s3_service.endpoint_url) as line,
        _storage(s3_service, bucket, endpoint_url=line.url).writer(key) as writer,
    ):
        writer.write(bytes(size))
        line.cut()
        with pytest.raises(StorageUnavailable):
            writer.commit()
    assert not _storage(s3_service, bucket).exists(key)


def test_joining_parts_that_were_joined_already_is_a_success(s3_service: Any) -> None:
    bucket, key = s3_service.new_bucket(), new_key()
    storage = _storage(s3_service, bucket)
    with storage.writer(key) as writer:
        writer.write(bytes(2 * PART))
        # As when the answer to a first request was lost on the way and boto3 asks again.
        s3_service.client().complete_multipart_upload(
            Bucket=bucket, Key=key, UploadId=writer._upload, MultipartUpload={"Parts": writer._parts}
        )
        writer.commit()
    assert storage.size(key) == 2 * PART


def test_an_upload_that_was_aborted_by_another_is_told_and_stores_no_object(s3_service: Any) -> None:
    bucket, key = s3_service.new_bucket(), new_key()
    storage = _storage(s3_service, bucket)
    with storage.writer(key) as writer:
        writer.write(bytes(2 * PART))
        storage.abandoned(datetime.now(UTC) + timedelta(minutes=1))
        with pytest.raises(StorageError):
            writer.commit()
    assert not storage.exists(key)


def test_a_line_cut_while_reading_is_told_and_never_looks_like_the_end(s3_service: Any) -> None:
    bucket = s3_service.new_bucket()
    key = _put(_storage(s3_service, bucket), bytes(2 * PART))
    with _Line(s3_service.endpoint_url) as line:
        reader = _storage(s3_service, bucket, endpoint_url=line.url).read(key)
        next(reader)
        line.cut()
        with pytest.raises(StorageUnavailable):
            list(reader)


def test_parts_and_objects_of_others_in_the_bucket_are_left_alone(s3_service: Any) -> None:
    bucket = s3_service.new_bucket()
    client = s3_service.client()
    client.put_object(Bucket=bucket, Key="readme.txt", Body=b"")
    client.put_object(Bucket=bucket, Key="sealed/readme.txt", Body=b"")
    client.create_multipart_upload(Bucket=bucket, Key="elsewhere/thing")
    client.create_multipart_upload(Bucket=bucket, Key="sealed/thing")
    storage = _storage(s3_service, bucket, prefix="sealed/")
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert list(storage.keys(later)) == []
    assert storage.abandoned(later) == 0
    assert _uploads(s3_service, bucket) == 2


@pytest.mark.long
def test_more_objects_than_one_page_are_all_listed(s3_service: Any) -> None:
    bucket = s3_service.new_bucket()
    client = s3_service.client()
    keys = {new_key() for _ in range(1005)}
    for key in keys:
        client.put_object(Bucket=bucket, Key=key, Body=b"")
    assert set(_storage(s3_service, bucket).keys(datetime.now(UTC) + timedelta(minutes=1))) == keys


class _Line:
    """A wire of our own to a server, which the test can cut."""

    def __init__(self, url: str, *, listen: str = "127.0.0.1", port: int = 0) -> None:
        self._target = ("127.0.0.1", int(url.rpartition(":")[2]))
        self._listener = socket.create_server((listen, port))
        self.url = f"http://{listen}:{self._listener.getsockname()[1]}"
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        for thread in self._threads:
            thread.join(10)

    def cut(self) -> None:
        """End every connection and take no new ones."""
        for end in (self._listener, *self._ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _run(self, act: Any, *words: Any) -> None:
        thread = threading.Thread(target=act, args=words, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        for near in self._arrivals():
            far = socket.create_connection(self._target)
            self._ends += [near, far]
            self._run(self._carry, near, far)
            self._run(self._carry, far, near)

    def _arrivals(self) -> Iterator[socket.socket]:
        with contextlib.suppress(OSError):
            while True:
                yield self._listener.accept()[0]

    @staticmethod
    def _carry(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
