#!/usr/bin/env bash
# Everything that needs a graphics card, the most valuable first, in one call of at most 9 minutes.
#
#     bash benchmarks/gpu.sh
#
#   FUSEWISE_SECONDS   time for all (540). No part begins that may not end within it
#   FUSEWISE_DEVICE    cuda (default) or cpu, to try the script
#   FUSEWISE_RUNS      timed runs of each case (7)
#   OUT                folder for the lines; benchmarks/results when it is not set
#   PYTHON             the interpreter; .venv's, else python3
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

missing() {
    "$python" - 2>/dev/null <<'PY'
import importlib
packages = {"PIL": "pillow", "cv2": "opencv-python-headless", "pydantic_settings": "pydantic-settings"}
absent = set()
for module in ("numpy", "cv2", "PIL", "scipy.io", "psutil", "addict", "einops", "modelscope.models.base",
               "pydantic_settings", "platformdirs"):
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:  # of the module, or of one that it needs
        name = (error.name or module).partition(".")[0]
        absent.add(packages.get(name, name))
print(*sorted(absent))
PY
}

"$python" -c '
import sys, torch
device, = sys.argv[1:]
old = sys.version_info < (3, 11) or tuple(map(int, torch.__version__.split(".")[:2])) < (2, 9)
if old: sys.exit(f"needs Python >= 3.11 and torch >= 2.9; this is {sys.version.split()[0]} with {torch.__version__}")
if device == "cuda" and not torch.cuda.is_available(): sys.exit("torch sees no graphics card")
' "$device" || exit 3
absent=$(missing)
if [ -n "$absent" ]; then
    # shellcheck disable=SC2086  # a list of names
    timeout 150 "$python" -m pip install --quiet --disable-pip-version-check --retries 1 $absent || true
    absent=$(missing)
    [ -z "$absent" ] || { echo "missing, and not to be had: $absent" >&2; exit 3; }
fi

# First of all whether it fuses as it should; needs packages that the parts below do without.
if "$python" -c "import typer, mediapipe" 2>/dev/null; then
    echo "== self-test"
    timeout 150 "$python" -m advisor selftest || failed=1
else
    echo "== self-test: left out, it needs typer and mediapipe"
fi

weights=$(mktemp -d)
trap 'rm -rf "$weights"' EXIT
"$python" -m benchmarks.synthetic_weights "$weights" || exit 3

# part NAME SECONDS SCRIPT ARGUMENTS: runs it where so many seconds are left
part() {
    local name=$1 least=$2 script=$3 left=$((budget - SECONDS))
    shift 3
    if [ "$left" -lt "$least" ]; then
        echo "== $name: left out, $left s are left"
        return
    fi
    echo "== $name ($SECONDS s gone)"
    case $script in
        unet) set -- --resume --seconds $((left - 15)) "$@" ;;
        calibrate) set -- --resume --seconds $((left < 200 ? left - 40 : 160)) --runs 2 "$@" ;;
    esac
    timeout "$left" "$python" -m "benchmarks.$script" --weights "$weights" --device "$device" --runs "$runs" "$@"
    case $? in
        0) ;;
        124) echo "== $name: cut off" ;;
        *) echo "== $name failed" >&2; failed=1 ;;
    esac
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
