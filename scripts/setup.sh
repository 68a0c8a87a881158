# The set-up that `run` and `test` share. Sourced with `root` set; all it says goes to stderr.
#
# .venv/ready-run, .venv/ready-test   checksum of the pyproject.toml that was installed to the end
# .venv/unfinished                    an installation is going on or was cut off: begin anew
# .venv/packages-run, packages-test   the Debian packages were all there

venv="$root/.venv"

# What Qt, VTK, librealsense and a Kinect load and a bare Debian 12 or 13 lacks.
debian_packages=(
    libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon-x11-0 libxcb-cursor0
    libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcursor1 libwayland-cursor0 libwayland-egl1
    libusb-1.0-0 libfreenect0.5 fonts-dejavu-core
)

# What the tests need beside: a Wayland desktop without a screen, and a witness of what is opened.
debian_test_packages=(weston strace)

say() { printf '%s\n' "$*" >&2; }
stop() { say "$*"; exit 1; }

# take_yes "$@": sets yes=1 where --yes is among the arguments, and arguments=(the others).
take_yes() {
    yes=""
    arguments=()
    local argument
    for argument in "$@"; do
        if [[ $argument == --yes ]]; then yes=1; else arguments+=("$argument"); fi
    done
}

# prepare run|test: afterwards .venv holds what the program (or also its tests) needs.
prepare() {
    local kind=$1 wanted missing=()
    read -r wanted _ < <(sha256sum "$root/pyproject.toml")
    if [[ $kind == test ]]; then debian_packages+=("${debian_test_packages[@]}"); fi
    if [[ -e $venv/packages-$kind ]] && is_ready; then return; fi

    mapfile -t missing < <(missing_packages)
    if ((${#missing[@]})); then offer_packages; fi
    if ! is_ready; then install_python_packages; fi
    if [[ -z $(missing_packages) ]]; then : >"$venv/packages-$kind"; fi
}

is_ready() {
    [[ ! -e $venv/unfinished && -x $venv/bin/python && -e $venv/ready-$kind ]] &&
        [[ $(<"$venv/ready-$kind") == "$wanted" ]]
}

python_range='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))'

# Prints the first Python 3.11 to 3.14 here that can make a virtual environment.
find_python() {
    local name
    for name in python3.11 python3.12 python3.13 python3.14 python3; do
        if "$name" -c "import venv, ensurepip, ctypes, sqlite3, bz2, lzma
$python_range" 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

# Prints the Debian packages that are not installed; nothing on other systems.
missing_packages() {
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || return 0
    local name installed
    # Debian 13 and Ubuntu 24.04 renamed some libraries to NAMEt64.
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' \
        "${debian_packages[@]}" "${debian_packages[@]/%/t64}" 2>/dev/null || true)
    for name in "${debian_packages[@]}"; do
        [[ $installed =~ (^|$'\n')$name(t64)?" installed" ]] || printf '%s\n' "$name"
    done
    if ! is_ready && ! find_python >/dev/null && python3_may_serve; then
        printf '%s\n' python3 python3-venv
    fi
}

# Is python3 absent, or of the right version and without its venv module?
python3_may_serve() {
    ! command -v python3 >/dev/null || python3 -c "$python_range" 2>/dev/null
}

# Names the missing packages; installs them where that was asked for and is possible.
offer_packages() {
    local sudo=() line="apt-get install --no-install-recommends ${missing[*]}" answer=""
    if ((EUID != 0)); then
        sudo=(sudo ${yes:+-n})
        line="sudo $line"
    fi
    say "Debian packages that are missing here; this installs them:"
    say "    $line"
    if ((EUID != 0)) && ! command -v sudo >/dev/null; then
        say "(there is no sudo: have them installed by root; going on without them)"
        return
    fi
    if [[ ! $yes && -t 0 && -t 2 ]] && ! is_ready; then
        read -rp "Install them now? [y/N] " answer
    fi
    if [[ ! $yes && $answer != [yY]* ]]; then
        say "(not installed; --yes installs them unasked; going on without them)"
        return
    fi
    "${sudo[@]}" apt-get update >&2 &&
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y \
            --no-install-recommends "${missing[@]}" >&2 </dev/null ||
        say "apt-get could not install them; going on without them."
}

install_python_packages() {
    local python lock
    python=$(find_python) || stop "Python 3.11 to 3.14 with its venv module is needed and was not found." \
        "$(command -v python3 >/dev/null && printf '(python3 here is %s)' "$(python3 -V 2>&1)")"
    exec {lock}>"$root/.venv.lock"
    if command -v flock >/dev/null && ! flock -n "$lock"; then
        say "Another set-up is going on in this folder; waiting for it."
        flock "$lock"
    fi
    if ! is_ready; then fill_venv; fi
    exec {lock}>&-
}

fill_venv() {
    if [[ -e $venv/unfinished ]]; then
        say "The last set-up was cut off; beginning anew."
        rm -rf "$venv"
    elif [[ ! -x $venv/bin/python ]]; then
        rm -rf "$venv"
    fi
    local size="some 400 MB"
    if [[ $kind == test ]]; then size="up to 3 GB where PyTorch comes with CUDA"; fi
    say "Setting up .venv with $python. This is done once and takes some minutes" \
        "(downloads of $size)."
    mkdir -p "$venv"
    : >"$venv/unfinished"
    [[ -x $venv/bin/python ]] || "$python" -m venv "$venv" >&2
    list_requirements >"$venv/requirements.txt"
    local quiet=()
    [[ -t 2 ]] || quiet=(-qq)
    "$venv/bin/python" -m pip install "${quiet[@]}" --no-input --disable-pip-version-check \
        --log "$venv/pip.log" -r "$venv/requirements.txt" >&2 || explain_pip
    printf '%s\n' "$wanted" >"$venv/ready-run"
    if [[ $kind == test ]]; then printf '%s\n' "$wanted" >"$venv/ready-test"; fi
    rm "$venv/unfinished"
}

# Prints what pyproject.toml asks for, a line each; for the tests the extra dev too, and whichever
# of our own extras that one names.
list_requirements() {
    "$venv/bin/python" - "$root/pyproject.toml" "$kind" <<'PYTHON'
import sys, tomllib
with open(sys.argv[1], "rb") as file:
    project = tomllib.load(file)["project"]
extras = project["optional-dependencies"]
own = {f"{project['name']}[{name}]": name for name in extras}
def lines(group):
    return [l for line in group for l in (lines(extras[own[line]]) if line in own else [line])]
print(*project["dependencies"], *lines(extras["dev"] if sys.argv[2] == "test" else []), sep="\n")
PYTHON
}

explain_pip() {
    local lacking unreached
    lacking=$(sed -n 's/.*No matching distribution found for //p' "$venv/pip.log" | tail -n 1)
    unreached=$(sed -n 's/.*Could not fetch URL //p' "$venv/pip.log" | tail -n 1)
    if [[ $unreached ]]; then say "pip did not reach a package index: ${unreached:0:300}"; fi
    if [[ $lacking ]]; then
        stop "pip found no $lacking for $("$venv/bin/python" -V) on $(uname -sm). Nothing is set up yet;" \
            "start again when that is mended (the whole story: .venv/pip.log)."
    fi
    stop "pip could not install the packages; its reason stands above and in .venv/pip.log." \
        "Nothing is set up yet; start again when that is mended."
}
