import json
import multiprocessing
import os

import pytest

from assistant.commit import (
    MANIFEST,
    amend,
    building,
    hash_file,
    hash_json,
    list_numbers,
    number_name,
    point_current,
    publish,
    read_current,
    read_manifest,
    remove_oldest,
    verify_folder,
    write_text,
    writer_lock,
)
from assistant.errors import Busy, IndexMismatch

# sha256 of "abc", from FIPS 180-2
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def publish_one(root, name="000001"):
    with building(root, name) as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "a.txt").write_text("abc", encoding="utf-8")
        return publish(folder, name, {"kind": "test", "before": None})


def test_a_folder_appears_whole_with_what_made_it_and_every_hash(tmp_path):
    folder = publish_one(tmp_path)

    manifest = verify_folder(folder)
    assert manifest["files"] == {"deep/a.txt": {"sha256": ABC, "bytes": 3}}
    assert (manifest["kind"], manifest["before"]) == ("test", None)
    assert manifest["made_at"]
    assert manifest["masthead"]
    assert [p.name for p in tmp_path.iterdir()] == ["000001"]


def fail_while_building(root):
    with building(root, "000001") as folder:
        (folder / "a.txt").write_text("abc", encoding="utf-8")
        raise RuntimeError("cut off")


def test_a_failure_while_building_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError, match="cut off"):
        fail_while_building(tmp_path)

    assert list(tmp_path.iterdir()) == []


def _die_before_the_rename(root):
    with building(root, "000002") as folder:
        (folder / "a.txt").write_text("abc", encoding="utf-8")
        os._exit(9)


def test_a_process_killed_before_the_rename_leaves_nothing_served_and_is_swept_up(tmp_path):
    publish_one(tmp_path)
    point_current(tmp_path, "000001")
    process = multiprocessing.get_context("spawn").Process(
        target=_die_before_the_rename, args=(tmp_path,)
    )
    process.start()
    process.join()

    assert process.exitcode == 9
    assert list_numbers(tmp_path) == [1]
    assert read_current(tmp_path) == "000001"
    publish_one(tmp_path, "000003")
    assert not list(tmp_path.glob(".building-*"))


def test_a_flipped_bit_is_found(tmp_path):
    folder = publish_one(tmp_path)
    (folder / "deep" / "a.txt").write_bytes(bytes([ord("a") ^ 1]) + b"bc")

    with pytest.raises(IndexMismatch, match=r"deep/a\.txt is not the file that was written"):
        verify_folder(folder)


def test_a_missing_file_is_found(tmp_path):
    folder = publish_one(tmp_path)
    (folder / "deep" / "a.txt").unlink()

    with pytest.raises(IndexMismatch, match=r"a\.txt is missing"):
        verify_folder(folder)


@pytest.mark.parametrize(
    ("text", "says"),
    [("{", "is not JSON"), ("[]", "names no files"), ('{"files": 3}', "names no files")],
)
def test_a_damaged_manifest_is_named(tmp_path, text, says):
    folder = publish_one(tmp_path)
    (folder / MANIFEST).write_text(text, encoding="utf-8")

    with pytest.raises(IndexMismatch, match=f"{MANIFEST} {says}"):
        read_manifest(folder)


def test_a_folder_without_a_manifest_was_never_finished(tmp_path):
    with pytest.raises(IndexMismatch, match="never finished"):
        verify_folder(tmp_path)


def test_an_amended_file_is_vouched_for(tmp_path):
    folder = publish_one(tmp_path)

    amend(folder, "b.json", "{}")

    assert set(verify_folder(folder)["files"]) == {"deep/a.txt", "b.json"}


def test_current_is_swapped_and_taken_away(tmp_path):
    assert read_current(tmp_path) is None
    for name in ("000001", "000002"):
        point_current(tmp_path, name)
        assert read_current(tmp_path) == name
    point_current(tmp_path, None)

    assert list(tmp_path.iterdir()) == []


def test_order_is_by_number_and_other_names_do_not_count(tmp_path):
    for name in ("000010", "000002", ".building-000003", "notes"):
        (tmp_path / name).mkdir()
    (tmp_path / "000004").write_text("a file", encoding="utf-8")

    assert list_numbers(tmp_path) == [2, 10]
    assert list_numbers(tmp_path / "nowhere") == []
    assert number_name(7) == "000007"


def test_the_newest_stay_and_so_does_the_one_in_use(tmp_path):
    for number in range(1, 7):
        (tmp_path / number_name(number)).mkdir()
    point_current(tmp_path, number_name(2))

    remove_oldest(tmp_path, keep=3)

    assert list_numbers(tmp_path) == [2, 4, 5, 6]


def test_a_second_writer_is_told_who_has_the_lock(tmp_path):
    says = rf"process {os.getpid()} is writing to .*try again"
    with writer_lock(tmp_path), pytest.raises(Busy, match=says), writer_lock(tmp_path):
        pass


def test_the_lock_is_free_once_its_holder_is_done(tmp_path):
    for _ in range(2):
        with writer_lock(tmp_path):
            assert (tmp_path / ".lock").read_text(encoding="utf-8") == str(os.getpid())


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a.txt"
    for text in ("a long first text", "abc"):
        write_text(path, text)

    assert hash_file(path) == ABC
    assert list(tmp_path.iterdir()) == [path]


def test_the_hash_of_json_does_not_depend_on_the_order_of_keys():
    assert hash_json({"a": 1, "b": [2]}) == hash_json(json.loads('{"b": [2], "a": 1}'))
    assert hash_json({"a": 1}) != hash_json({"a": 2})
