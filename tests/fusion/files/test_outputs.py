"""Where results go: never over what was given, whatever it is called, and over another file only when asked."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from fusion.errors import Exit, OutputRejected
from fusion.files import Folder, Inputs, outputs, private

Alias = Callable[[Path], Path]


def link(photo: Path) -> Path:
    made = photo.with_name("link.png")
    made.symlink_to(photo.name)
    return made


def hard_link(photo: Path) -> Path:
    made = photo.with_name("hard.png")
    os.link(photo, made)
    return made


def through_a_folder(photo: Path) -> Path:
    (photo.parent / "elsewhere").symlink_to(photo.parent, target_is_directory=True)
    return photo.parent / "elsewhere" / photo.name


def link_to_a_link(photo: Path) -> Path:
    first = link(photo)
    second = photo.with_name("second.png")
    second.symlink_to(first)
    return second


ALIASES: dict[str, Alias] = {
    "itself": lambda photo: photo,
    "a link": link,
    "a link to a link": link_to_a_link,
    "a hard link": hard_link,
    "a folder's link": through_a_folder,
    "another case": lambda photo: photo.with_name("PORTRAIT É.Png"),
    "another way to write é": lambda photo: photo.with_name("portrait e\u0301.png"),
    "a detour": lambda photo: photo.parent / ".." / photo.parent.name / photo.name,
}


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "portrait é.png"
    path.write_bytes(b"a photo")
    return path


@pytest.mark.parametrize("alias", ALIASES)
@pytest.mark.parametrize("overwrite", [False, True])
def test_what_was_given_is_refused_by_whatever_name(alias: str, overwrite: bool, photo: Path) -> None:
    other = ALIASES[alias](photo)
    for given, out in ((photo, other), (other, photo)):
        with pytest.raises(OutputRejected) as caught:
            outputs.check(out, Inputs([given]), overwrite=overwrite)
        assert (caught.value.reason, caught.value.exit) == ("output_is_input", Exit.BAD_INPUT)


def test_a_file_that_is_not_there_may_be_given_and_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(OutputRejected, match="one of the files"):
        outputs.check(tmp_path / "none.png", Inputs([tmp_path / "none.png"]))


def test_files_that_variables_name_are_given_too(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_FACE_LANDMARKER", str(photo))
    assert Inputs().has(photo)


def test_names_that_no_system_can_be_asked_for_are_no_failure(photo: Path) -> None:
    strange = Inputs([Path("a\0b"), photo / "below", Path("x" * 5000), photo])
    assert strange.has(photo)
    assert not strange.has(photo.with_name("a\0b"))


def test_another_file_is_replaced_only_when_that_was_asked_for(photo: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.png"
    there.write_bytes(b"old")
    with pytest.raises(OutputRejected) as caught:
        outputs.check(there, Inputs([photo]))
    assert (caught.value.reason, caught.value.exit) == ("output_exists", Exit.BAD_INPUT)
    outputs.check(there, Inputs([photo]), overwrite=True)
    outputs.check(tmp_path / "new.png", Inputs([photo]))


def test_a_link_that_leads_nowhere_is_a_file_that_is_there(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "link.png").symlink_to(tmp_path / "nothing.png")
    with pytest.raises(OutputRejected, match="already a file"):
        outputs.check(tmp_path / "link.png", Inputs([photo]))


@pytest.mark.parametrize("name", ["x" * 251 + ".png", "照" * 83 + ".png", "é" * 125 + ".png"])
def test_a_name_may_be_as_long_as_the_system_takes(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    assert len(name.encode()) <= outputs.name_bytes(tmp_path)
    outputs.check(path, Inputs())
    private.write(path, b"x", replace=False)
    private.write(path, b"y")
    assert path.read_bytes() == b"y"


@pytest.mark.parametrize("name", ["x" * 252 + ".png", "照" * 84 + ".png", "x" * 5000 + ".png"])
def test_a_name_that_is_too_long_is_said_to_be_so(name: str, tmp_path: Path) -> None:
    with pytest.raises(OutputRejected) as caught:
        outputs.check(tmp_path / name, Inputs())
    assert (caught.value.reason, caught.value.exit) == ("output_name_long", Exit.BAD_INPUT)
    assert str(len(name.encode())) in caught.value.message
    assert "name" in caught.value.remedy


def test_a_path_that_is_too_long_is_not_a_matter_of_the_name(tmp_path: Path) -> None:
    with pytest.raises(OutputRejected) as caught:
        outputs.check(tmp_path.joinpath(*["x" * 200] * 30, "x.png"), Inputs())
    assert caught.value.reason == "output_path_long"


@pytest.mark.parametrize(
    "name", ["a\nb.png", "\x1b[2J.png", "CON.png", "tab\t.png", os.fsdecode(b"caf\xe9.png"), "$(x).png"]
)
def test_a_name_that_the_system_takes_works(name: str, tmp_path: Path) -> None:
    outputs.check(tmp_path / name, Inputs())
    private.write(tmp_path / name, b"x", replace=False)
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", ["a\0b.png", "\ud800.png"])
def test_a_name_that_no_system_takes_is_said_to_be_so(name: str, tmp_path: Path) -> None:
    with pytest.raises(OutputRejected) as caught:
        outputs.check(tmp_path / name, Inputs())
    assert (caught.value.reason, caught.value.exit) == ("output_name", Exit.BAD_INPUT)


@pytest.mark.parametrize(
    ("code", "reason", "ends"),
    [
        (errno.ENOSPC, "output_failed", Exit.FAILED),
        (errno.EDQUOT, "output_failed", Exit.FAILED),
        (errno.EIO, "output_failed", Exit.FAILED),
        (errno.EFBIG, "output_failed", Exit.FAILED),
        (errno.ENOENT, "output_unwritable", Exit.BAD_INPUT),
        (errno.EACCES, "output_unwritable", Exit.BAD_INPUT),
        (errno.EROFS, "output_unwritable", Exit.BAD_INPUT),
        (errno.ENOTDIR, "output_unwritable", Exit.BAD_INPUT),
        (errno.EILSEQ, "output_name", Exit.BAD_INPUT),
        (errno.EEXIST, "output_exists", Exit.BAD_INPUT),
        (errno.ENAMETOOLONG, "output_path_long", Exit.BAD_INPUT),
    ],
)
def test_the_disk_is_told_apart_from_the_place_and_the_name(code: int, reason: str, ends: Exit, tmp_path: Path) -> None:
    error = outputs.refusal(tmp_path / "x.png", OSError(code, os.strerror(code)))
    assert (error.reason, error.exit) == (reason, ends)


def test_a_full_disk_is_the_disks_fault(tmp_path: Path) -> None:
    """A real one, as far as a process without rights can have it: no file of more than 1 KiB."""
    script = textwrap.dedent(
        """
        import resource, sys
        from pathlib import Path
        from fusion.errors import OutputRejected
        from fusion.files import outputs
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
        folder = Path(sys.argv[1])
        try:
            outputs.Folder(folder, outputs.Inputs()).put("a", {".png": b"x" * 4096})
        except OutputRejected as error:
            print(error.reason)
        """
    )
    done = subprocess.run([sys.executable, "-B", "-c", script, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout == "output_failed\n"
    assert os.listdir(tmp_path) == []


# --- a folder of results ---


def put(folder: Folder, stem: str) -> str:
    return folder.put(stem, {".png": lambda: iter([b"new"]), ".json": b"new"})


def test_results_stand_beside_what_was_given(tmp_path: Path) -> None:
    given = [tmp_path / "a.png", tmp_path / "b.json", tmp_path / "A (fused).png"]
    for path in given:
        path.write_bytes(b"mine")
    for overwrite in (False, True):
        folder = Folder(tmp_path, Inputs(given), overwrite=overwrite)
        assert put(folder, "a") == "a (fused) (2)"
        assert put(folder, "b") == "b (fused)"
        assert put(folder, "c") == "c"
        assert {path.read_bytes() for path in given} == {b"mine"}
        for made in set(tmp_path.iterdir()) - set(given):
            assert made.read_bytes() == b"new"
            made.unlink()


def test_what_is_there_stays_and_the_next_number_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"old")
    (tmp_path / "a (2).json").write_bytes(b"old")
    folder = Folder(tmp_path, Inputs())
    assert put(folder, "a") == "a (3)"
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "a (2).json").read_bytes() == b"old"
    assert (tmp_path / "a (3).png").exists()
    assert not (tmp_path / "a (2).png").exists()


def test_what_is_there_gives_way_when_asked_but_not_to_two_of_one_run(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"old")
    (tmp_path / "folder.png").mkdir()
    folder = Folder(tmp_path, Inputs(), overwrite=True)
    assert [put(folder, stem) for stem in ("a", "a", "A", "folder")] == ["a", "a (2)", "A (3)", "folder (2)"]
    assert (tmp_path / "a.png").read_bytes() == b"new"


def test_two_names_that_some_system_holds_to_be_one_are_two_files(tmp_path: Path) -> None:
    folder = Folder(tmp_path, Inputs())
    assert [put(folder, stem) for stem in ("é", "e\u0301", "É")] == ["é", "e\u0301 (2)", "É (3)"]


def test_a_long_stem_is_cut_to_what_the_folder_takes(tmp_path: Path) -> None:
    folder = Folder(tmp_path, Inputs())
    first, second = (put(folder, "照" * 120) for _ in range(2))
    assert second == f"{first[: len(second) - 4]} (2)"
    assert (tmp_path / f"{second}.json").exists()


def test_whoever_writes_there_at_once_overwrites_nobody(tmp_path: Path) -> None:
    def fill(number: int) -> None:
        folder = Folder(tmp_path, Inputs())
        for _ in range(20):
            folder.put("a", {".png": f"{number}".encode(), ".json": f"{number}".encode()})

    threads = [threading.Thread(target=fill, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pictures = sorted(tmp_path.glob("*.png"))
    assert len(pictures) == len(list(tmp_path.glob("*.json"))) == 160
    assert all(picture.read_bytes() == picture.with_suffix(".json").read_bytes() for picture in pictures)
    assert len(list(tmp_path.iterdir())) == 320, "nothing half-written is left"
