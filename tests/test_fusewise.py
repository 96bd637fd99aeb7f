"""The command `fusewise`: real processes, and what its package carries."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import fusion
from fusewise import cli, serve
from tests.support.served import started

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = (
    "run",
    "fuse",
    "batch",
    "jobs",
    "label",
    "log",
    "verify",
    "weights",
    "advise",
    "diagnose",
    "doctor",
    "calibrate",
    "devices",
    "selftest",
    "serve",
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WHEEL = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
BESIDE_CODE = {".css", ".html", ".js", ".json", ".svg", ".toml", ".ttf"}


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "fusewise", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_list_of_commands_is_the_whole_one() -> None:
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    listed = done.stdout.partition("Commands:\n")[2].splitlines()
    assert tuple(line.split()[0] for line in listed) == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_how_it_is_called_by_its_name_here(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: fusewise {name} ")


def test_options_are_those_of_the_command_lines_behind_it(capsys: pytest.CaptureFixture[str]) -> None:
    from fusion.cli.commands import main

    main(["fuse", "--help"])
    theirs = capsys.readouterr().out
    cli.main(["fuse", "--help"])
    assert capsys.readouterr().out == theirs.replace("python -m fusion fuse", "fusewise fuse")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("fsue",), 2, "No such command 'fsue'"),
        (("fuse",), 2, "say where the result goes"),
        (("fuse", "--sample", "-o", "out.gif"), 2, ".gif"),
        (("jobs", "cancel", "nothing"), 2, "nothing"),
        (("verify", "no.png"), 2, "no.png"),
        (("advise", "no.png", "no.jpg"), 2, "no.png"),
        (("devices", "--folder", "no such"), 2, "no such"),
        (("run", "--port", "0"), 2, "--port"),
    ],
)
def test_bad_input_is_told_in_a_line_and_by_the_exit_code(arguments: tuple[str, ...], code: int, said: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_command_of_the_advisor_prints_its_json() -> None:
    done = run("devices", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "host" in json.loads(done.stdout)


def test_a_fusion_is_made_and_torch_loaded_for_it_alone(tmp_path: Path) -> None:
    done = run("fuse", "--sample", "-o", tmp_path / "fused.png", "--output", "512", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["width"] == 512
    assert (tmp_path / "fused.png").is_file()


def test_the_version_is_that_of_the_package() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"fusewise {fusion.__version__}\n")
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "fusion/__init__.py"


def test_help_loads_neither_torch_nor_streamlit_nor_what_a_command_needs() -> None:
    code = "import sys; from fusewise import cli; cli.main(['--help']); print(*sys.modules, sep='\\n', file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "streamlit", "advisor", "numpy", "mediapipe"} & set(done.stderr.split())


def test_the_app_is_served_with_its_settings_from_any_folder(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit('a file of the folder that it was started in')")
    code = f"import sys; sys.path.append({str(ROOT)!r}); from fusewise import cli; sys.exit(cli.main())"
    with started([sys.executable, "-P", "-c", code, "run"], tmp_path, tmp_path) as server:
        assert server.ask("/_stcore/health").body == "ok"
        page = server.ask("/")
    assert page.status == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]


def test_what_streamlit_takes_is_passed_on_as_it_is() -> None:
    command = serve.command(8600, None, ["--server.baseUrlPath=faces"])
    assert command[1:5] == ["-P", "-m", "streamlit", "run"]
    assert command[5:] == [str(ROOT / "streamlit_app.py"), "--server.port=8600", "--server.baseUrlPath=faces"]
    assert serve.command(None, "::1", [])[6:] == ["--server.address=::1"]


def in_the_wheel(file: Path) -> Path | None:
    """Where a file of the repository lies in the wheel."""
    name = file.relative_to(ROOT)
    for ours, theirs in WHEEL["force-include"].items():
        if name.is_relative_to(ours):
            return Path(theirs) / name.relative_to(ours)
    return name if name.parts[0] in WHEEL["packages"] else None


def test_the_wheel_has_what_the_app_reads_beside_its_code() -> None:
    data = [file for room in ("advisor", "api", "fusion", "pages") for file in (ROOT / room).rglob("*")]
    data = [file for file in data if file.suffix in BESIDE_CODE]
    assert len(data) > 10
    assert [file for file in (*data, ROOT / ".streamlit" / "config.toml") if in_the_wheel(file) is None] == []
    app = in_the_wheel(ROOT / "streamlit_app.py")
    assert app == Path("fusewise/app/streamlit_app.py"), "where fusewise.serve looks for it"
    beside = {in_the_wheel(ROOT / name) for name in ("pages/studio/fuse.py", ".streamlit/config.toml")}
    assert beside == {app.parent / "pages/studio/fuse.py", app.parent / ".streamlit/config.toml"}


def test_nothing_but_packages_lies_at_the_top_of_the_wheel() -> None:
    tops = {Path(place).parts[0] for place in (*WHEEL["packages"], *WHEEL["force-include"].values())}
    assert tops == {"advisor", "api", "fusewise", "fusion"}


def test_typed_packages_say_so() -> None:
    assert [name for name in WHEEL["packages"] if not (ROOT / name / "py.typed").is_file()] == []
