#!/bin/sh
# The main job, end to end, on real files and a directory remote. Called by `./install.sh --demo`.
set -eu

scratch=$(mktemp -d "${TMPDIR:-/tmp}/git-data-demo.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
GIT_AUTHOR_NAME=Demo GIT_AUTHOR_EMAIL=demo@example.com GIT_COMMITTER_NAME=Demo GIT_COMMITTER_EMAIL=demo@example.com
export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
# The demo's own Git configuration: yours is neither read nor changed.
GIT_CONFIG_GLOBAL=$scratch/gitconfig GIT_CONFIG_NOSYSTEM=1
export GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM
git config --global init.defaultBranch main
git config --global advice.detachedHead false
git data install >/dev/null

step() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
run() {
    printf '$ %s\n' "$*"
    "$@"
}
hashes() { (cd "$1" && find data config models -type f -exec cksum {} + | sort -k 3) ; }
proof() {
    if [ "$(cat "$1")" = "$(cat "$2")" ]; then
        printf 'proof: %s files, the same as when they were committed (cksum):\n' "$(wc -l <"$1" | tr -d ' ')"
        sed 's/^/    /' "$2"
    else
        printf 'PROOF FAILED: %s and %s differ\n' "$1" "$2" >&2
        exit 1
    fi
}

cd "$scratch"
step "A project with data, configuration and a model"
run git init -q --bare hub.git
run git init -q project
cd project
git remote add origin ../hub.git
mkdir data config models
awk 'BEGIN { srand(7); print "id,age,study_hours,absences,grade"
    for (i = 1; i <= 20000; i++) printf "%d,%d,%.2f,%d,%d\n", i, 15 + rand() * 4, rand() * 20, rand() * 30, rand() * 5 }' >data/students.csv
cp "$here"/gitdata/*.py data/
printf '{"learning_rate": 0.1, "rounds": 100}\n' >config/parameters.json
head -c 2000000 /dev/urandom >models/model.bin
echo "print('training')" >train.py
run ls data config models

step "Track it: once"
run git data init
run git data remote add origin "$scratch/bucket"
run git data track data config models
git add train.py
run git commit -q -m "first experiment"
run git tag v1
hashes . >../v1.txt
run git push -q origin main v1

step "A second experiment: edit, look, commit and push with Git alone"
run sed -i.old 's/"rounds": 100/"rounds": 250/' config/parameters.json
rm config/parameters.json.old
echo "20001,16,11.50,3,4" >>data/students.csv
head -c 2000000 /dev/urandom >models/model.bin
run git status --short
run git commit -q -a -m "second experiment"
hashes . >../v2.txt
run git push origin main

step "Go back to the first experiment: code and data"
run git checkout -q v1
hashes . >../back.txt
proof ../v1.txt ../back.txt

step "Somebody else clones it"
cd "$scratch"
run git clone -q hub.git colleague
cd colleague
run git data trust
run git data pull
hashes . >../clone.txt
proof ../v2.txt ../clone.txt
run git checkout -q v1
hashes . >../clone-v1.txt
proof ../v1.txt ../clone-v1.txt

step "What lies in the bucket"
run du -sh "$scratch/bucket"
(cd "$scratch/bucket" && find . -type f | sort)
run git data fsck --remote origin
printf '\nThe demo is over; its scratch directory is removed.\n'
