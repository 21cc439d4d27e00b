"""Files appear whole or not at all, in folders that the user can choose."""

import threading

import pytest

from textarena_rl.storage import cache_folder, data_folder, written_whole


@pytest.mark.parametrize(
    ("variable", "folder"), [("TEXTARENA_RL_CACHE", cache_folder), ("TEXTARENA_RL_DATA", data_folder)]
)
def test_the_folders_can_be_chosen(variable, folder, monkeypatch, tmp_path):
    monkeypatch.setenv(variable, str(tmp_path))
    assert folder() == tmp_path
    monkeypatch.delenv(variable)
    assert folder().name == "textarena-rl"
    assert folder() != tmp_path


def test_a_file_is_whole_when_it_appears(tmp_path):
    path = tmp_path / "new" / "folder" / "file.txt"
    with written_whole(path) as partial:
        partial.write_text("half")
        assert not path.exists()
        partial.write_text("whole")
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_writer_leaves_what_was_there(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("before")

    def write():
        with written_whole(path) as partial:
            partial.write_text("half")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        write()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_two_threads_do_not_write_into_the_same_partial_file(tmp_path):
    path = tmp_path / "file.txt"
    names, barrier = set(), threading.Barrier(2)

    def write(text):
        with written_whole(path) as partial:
            names.add(partial)
            partial.write_text(text)
            barrier.wait()

    writers = [threading.Thread(target=write, args=(text,)) for text in ("one", "two")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(names) == 2
    assert path.read_text() in ("one", "two")
