"""The promises of a storage, kept by each adapter on the real thing."""

import threading
from array import array
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.storage import LocalStorage, ObjectMissing, S3Storage, Storage, StorageError, new_key
from gateway.storage.s3 import PART

SIZES = [0, 1, 100_000, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 12345]


@pytest.fixture(scope="module")
def bucket(s3_service: Any) -> str:
    return str(s3_service.new_bucket())


def _s3(service: Any, bucket: str, *, tls: bool) -> S3Storage:
    settings = {
        "bucket": bucket,
        "endpoint_url": service.tls_endpoint_url if tls else service.endpoint_url,
        "region": service.region,
        "access_key": service.access_key,
        "secret_key": service.secret_key,
        "ca_bundle": Path(service.ca_bundle) if tls else None,
        "prefix": f"{new_key()}/",
    }
    return S3Storage(**settings)


@pytest.fixture(params=["local", "s3", "s3-tls"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "local":
        return LocalStorage(tmp_path / "objects")
    service, bucket = request.getfixturevalue("s3_service"), request.getfixturevalue("bucket")
    return _s3(service, bucket, tls=request.param == "s3-tls")


def _bytes(size: int) -> bytes:
    """Bytes whose order matters: two parts that change places would be seen."""
    return array("I", range(size // 4 + 1)).tobytes()[:size]


def _put(storage: Storage, content: bytes, *, step: int = 1 << 20) -> str:
    key = new_key()
    with storage.writer(key) as writer:
        for start in range(0, len(content), step):
            writer.write(content[start : start + step])
        writer.commit()
    return key


def _later() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=5)


@pytest.mark.parametrize("size", SIZES)
def test_an_object_comes_back_byte_for_byte_at_every_size_around_a_part(storage: Storage, size: int) -> None:
    content = _bytes(size)
    key = _put(storage, content)
    assert b"".join(storage.read(key)) == content
    assert storage.size(key) == size


@pytest.mark.parametrize("step", [70_000, PART - 1, PART + 1, 3 * PART])
def test_the_way_the_bytes_are_cut_when_written_does_not_matter(storage: Storage, step: int) -> None:
    content = _bytes(2 * PART + 999)
    assert b"".join(storage.read(_put(storage, content, step=step))) == content


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_every_kind_of_bytes_is_taken_and_may_be_reused_by_the_caller(storage: Storage, kind: Any) -> None:
    key, source = new_key(), bytearray(b"first")
    with storage.writer(key) as writer:
        writer.write(kind(source))
        source[:] = b"other"
        writer.write(kind(source))
        writer.commit()
    assert b"".join(storage.read(key)) == b"firstother"


def test_chunks_are_never_larger_than_asked(storage: Storage) -> None:
    chunks = list(storage.read(_put(storage, _bytes(100_001)), chunk_size=4096))
    assert max(map(len, chunks)) <= 4096
    assert sum(map(len, chunks)) == 100_001


def test_a_reader_who_stops_early_leaves_the_storage_usable(storage: Storage) -> None:
    key = _put(storage, _bytes(3 * PART))
    for _ in range(15):
        reader = storage.read(key, chunk_size=1000)
        next(reader)
        reader.close()  # type: ignore[attr-defined]  # both adapters are generators
    assert storage.size(key) == 3 * PART


def test_nothing_is_visible_before_the_commit_and_all_of_it_after(storage: Storage) -> None:
    key = new_key()
    with storage.writer(key) as writer:
        writer.write(_bytes(PART + 5))
        assert not storage.exists(key)
        assert list(storage.keys(_later())) == []
        writer.commit()
        assert storage.exists(key)
    assert list(storage.keys(_later())) == [key]


@pytest.mark.parametrize("size", [0, 10, PART + 10, 2 * PART])
def test_leaving_without_commit_leaves_nothing(storage: Storage, size: int) -> None:
    key = new_key()
    with storage.writer(key) as writer:
        writer.write(_bytes(size))
    assert not storage.exists(key)
    assert storage.abandoned(_later()) == 0


def test_an_error_of_the_caller_passes_unchanged_and_leaves_nothing(storage: Storage) -> None:
    key = new_key()

    def fail_half_way() -> None:
        with storage.writer(key) as writer:
            writer.write(_bytes(PART * 2 + 1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert not storage.exists(key)
    assert storage.abandoned(_later()) == 0


def test_an_error_after_the_commit_does_not_take_the_object_away(storage: Storage) -> None:
    key = new_key()

    def fail_at_the_end() -> None:
        with storage.writer(key) as writer:
            writer.write(_bytes(PART + 1))
            writer.commit()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_at_the_end()
    assert storage.size(key) == PART + 1


def test_an_object_is_never_overwritten(storage: Storage) -> None:
    key = _put(storage, b"first")
    with pytest.raises(StorageError, match="never overwritten"), storage.writer(key):
        pytest.fail("the writer must not open")
    assert b"".join(storage.read(key)) == b"first"


def test_a_writer_takes_nothing_before_it_is_entered_nor_after_its_commit(storage: Storage) -> None:
    writer = storage.writer(new_key())
    with pytest.raises(StorageError):
        writer.write(b"early")
    with writer:
        writer.write(b"x")
        writer.commit()
        with pytest.raises(StorageError):
            writer.write(b"late")
        with pytest.raises(StorageError):
            writer.commit()


def test_what_is_not_there_is_missing_for_read_and_size(storage: Storage) -> None:
    with pytest.raises(ObjectMissing):
        storage.size(new_key())
    with pytest.raises(ObjectMissing):
        next(storage.read(new_key()))
    assert not storage.exists(new_key())


def test_deleting_is_final_and_may_be_repeated(storage: Storage) -> None:
    key, other = _put(storage, _bytes(PART + 1)), _put(storage, b"other")
    storage.delete(key)
    storage.delete(key)
    storage.delete(new_key())
    assert not storage.exists(key)
    assert list(storage.keys(_later())) == [other]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../../etc/passwd",
        "A" * 32,
        "g" * 32,
        "0" * 31,
        "0" * 33,
        "0" * 32 + "\n",
        "\N{ARABIC-INDIC DIGIT ZERO}" * 32,
        "Jan Jansen",
    ],
)
def test_a_key_that_is_not_32_hex_digits_is_refused_everywhere(storage: Storage, name: str) -> None:
    with pytest.raises(StorageError), storage.writer(name):
        pytest.fail("the writer must not open")
    for act in (storage.size, storage.exists, storage.delete, lambda bad: next(storage.read(bad))):
        with pytest.raises(StorageError) as caught:
            act(name)
        assert not isinstance(caught.value, ObjectMissing)
        assert not name or name not in str(caught.value)


def test_keys_lists_only_what_is_older(storage: Storage) -> None:
    keys = {_put(storage, b"x") for _ in range(5)}
    assert set(storage.keys(_later())) == keys
    assert list(storage.keys(datetime.now(UTC) - timedelta(minutes=5))) == []


def test_an_upload_that_is_still_going_on_is_not_taken_for_abandoned(storage: Storage) -> None:
    key = new_key()
    with storage.writer(key) as writer:
        writer.write(_bytes(PART))
        assert storage.abandoned(datetime.now(UTC) - timedelta(minutes=5)) == 0
        writer.commit()
    assert storage.size(key) == PART


def test_what_an_upload_left_behind_is_removed_and_counted(storage: Storage) -> None:
    lost = storage.writer(new_key())
    lost.__enter__()
    lost.write(_bytes(PART))
    assert storage.abandoned(_later()) == 1
    assert storage.abandoned(_later()) == 0
    with pytest.raises(StorageError):
        lost.commit()
    lost.__exit__(None, None, None)
    assert list(storage.keys(_later())) == []


def test_the_check_passes_on_a_good_storage_and_leaves_nothing(storage: Storage) -> None:
    storage.check()
    assert list(storage.keys(_later())) == []


def test_writers_at_the_same_time_do_not_mix(storage: Storage) -> None:
    contents = {new_key(): bytes([number]) * (PART + number) for number in range(4)}
    errors: list[BaseException] = []

    def store(key: str) -> None:
        try:
            with storage.writer(key) as writer:
                for start in range(0, len(contents[key]), 1 << 20):
                    writer.write(contents[key][start : start + (1 << 20)])
                writer.commit()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            errors.append(error)

    threads = [threading.Thread(target=store, args=(key,)) for key in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert all(b"".join(storage.read(key)) == content for key, content in contents.items())


def test_new_keys_are_32_hex_digits_and_differ() -> None:
    keys = {new_key() for _ in range(1000)}
    assert len(keys) == 1000
    assert all(len(key) == 32 and set(key) <= set("0123456789abcdef") for key in keys)
