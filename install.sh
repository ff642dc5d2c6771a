#!/bin/sh
# Installs git-data for the current user: its own virtual environment, the command, its manual and completions.
# Everything is inside main, so that a download that was cut off does nothing.
set -eu

usage() {
    cat <<'USAGE'
Usage: ./install.sh [--repo PATH] [--demo] [WHEEL]
       ./install.sh --test [PYTEST ARGUMENT]...
       ./install.sh --uninstall

Installs git-data for you alone (no root needed); doing it again updates it.
  WHEEL        install this wheel instead of the folder of this script
  --repo PATH  also set up the Git repository at PATH
  --demo       then show the main job on a scratch repository
  --test       run the whole test suite, in an environment of its own
  --uninstall  remove everything that this script installed
USAGE
}

say() { printf '%s\n' "$*"; }
die() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.10 python; do
        [ -n "$candidate" ] || continue
        command -v "$candidate" >/dev/null 2>&1 || continue
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || continue
        command -v "$candidate"
        return 0
    done
    return 1
}

# make_environment DIRECTORY: a virtual environment with pip, made again when its Python is gone.
make_environment() {
    if [ -x "$1/bin/python" ] && "$1/bin/python" -c 'import pip' 2>/dev/null; then
        return 0
    fi
    rm -rf "$1"
    mkdir -p "$(dirname "$1")"
    "$python" -m venv "$1" || die "cannot make a virtual environment (on Debian: apt install python3-venv)"
}

pip_install() {
    environment=$1
    shift
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "$@" ||
        die "pip could not install $* (is the package index reachable?)"
}

# link TARGET NAME: a symlink, never over a file that is not ours.
link() {
    mkdir -p "$(dirname "$2")"
    if [ -e "$2" ] && [ ! -L "$2" ]; then
        die "$2 is in the way; move it and try again"
    fi
    ln -sfn "$1" "$2"
}

# isolate SCRIPT: its Python sees no PYTHON... variable, as an empty or relative entry of PYTHONPATH would import what a
# repository brings along. A long path stands in a second line, for sh.
isolate() {
    sed -e '1s|^#!\([^ ]*python[^ ]*\)$|#!\1 -I|' -e "2s|^\('''exec' .*\) \"\$0\"|\1 -I \"\$0\"|" "$1" >"$1.new"
    grep -q -e ' -I$' -e ' -I "\$0"' "$1.new" || die "$1 does not start as a script of Python"
    cat "$1.new" >"$1"
    rm "$1.new"
}

# The places that hold links into the environment: "PATH-IN-ENVIRONMENT LINK" lines.
links() {
    cat <<LINKS
bin/git-data $bin/git-data
share/man/man1/git-data.1 $data/man/man1/git-data.1
share/bash-completion/completions/git-data $data/bash-completion/completions/git-data
share/zsh/site-functions/_git-data $data/zsh/site-functions/_git-data
share/fish/vendor_completions.d/git-data.fish $data/fish/vendor_completions.d/git-data.fish
LINKS
}

install_it() {
    make_environment "$home/venv"
    say "installing git-data into $home"
    pip_install "$home/venv" --upgrade --force-reinstall --no-deps "$source"
    pip_install "$home/venv" "$source"
    isolate "$home/venv/bin/git-data"
    links | while read -r inside outside; do
        link "$home/venv/$inside" "$outside"
    done
    "$bin/git-data" install
    say "installed $("$bin/git-data" version)"
    say "  command     $bin/git-data (as \`git data\`)"
    say "  manual      git data --help"
    say "  undo        $here/install.sh --uninstall"
    case ":$PATH:" in
        *":$bin:"*) ;;
        *) say "  note        $bin is not on your PATH; add it: export PATH=\"$bin:\$PATH\"" ;;
    esac
}

uninstall_it() {
    if [ -x "$home/venv/bin/git-data" ]; then
        "$home/venv/bin/git-data" uninstall
    fi
    links | while read -r inside outside; do
        if [ -L "$outside" ] && [ "$(readlink "$outside")" = "$home/venv/$inside" ]; then
            rm -f "$outside"
        fi
    done
    rm -rf "$home"
    say "removed $home and its links; repositories and their data are untouched"
}

run_tests() {
    [ -d "$here/tests" ] || die "--test needs a checkout of the project"
    tests=${XDG_CACHE_HOME:-$HOME/.cache}/git-data/test-venv
    make_environment "$tests"
    say "installing what the tests need into $tests"
    pip_install "$tests" --upgrade pip
    pip_install "$tests" "$here[test]"
    # The checkout itself is tested, as an editable install: the same files, nothing copied.
    pip_install "$tests" --force-reinstall --no-deps --editable "$here"
    cd "$here"
    # One more than the two processors they are made for, as each waits for the disk now and then. Neighbours stay
    # together, and share what their module is prepared with.
    PATH="$tests/bin:$PATH" exec "$tests/bin/python" -m pytest -n 3 --dist worksteal -q "$@"
}

main() {
    here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
    data=${XDG_DATA_HOME:-$HOME/.local/share}
    home=$data/git-data
    bin=$HOME/.local/bin
    source=$here
    repository=
    demo=
    command -v git >/dev/null 2>&1 || die "Git is not installed"
    while [ $# -gt 0 ]; do
        case $1 in
            -h | --help) usage; exit 0 ;;
            --uninstall) uninstall_it; exit 0 ;;
            --test)
                shift
                python=$(find_python) || die "Python 3.10 or newer is needed"
                run_tests "$@"
                ;;
            --repo) [ $# -gt 1 ] || die "--repo needs a path"; repository=$2; shift ;;
            --demo) demo=yes ;;
            -*) usage >&2; exit 2 ;;
            *) [ -f "$1" ] || die "$1 is not a wheel"; source=$(CDPATH='' cd -- "$(dirname -- "$1")" && pwd)/$(basename -- "$1") ;;
        esac
        shift
    done
    python=$(find_python) || die "Python 3.10 or newer is needed (name one: PYTHON=/path/to/python ./install.sh)"
    install_it
    if [ -n "$repository" ]; then
        (cd "$repository" && "$bin/git-data" init)
    fi
    if [ -n "$demo" ]; then
        PATH="$bin:$PATH" sh "$here/docs/demo.sh"
    fi
}

main "$@"
