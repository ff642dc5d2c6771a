"""A commit whose pointers have every name that somebody with bad intentions could give them, and what must not change.

The data is pushed honestly; then the blobs of its pointers get other names in Git's tree.
"""

import hashlib
import os
import unicodedata
from pathlib import Path

from shell import Shell, project

NFC, NFD = (unicodedata.normalize(form, "caf\N{LATIN SMALL LETTER E WITH ACUTE}") for form in ("NFC", "NFD"))

BY_NAME = (
    ".git.gitdata", ".GIT.gitdata", "sub/.git.gitdata", ".git/hooks.gitdata", "sub/.gIt/x.gitdata", "git~1.gitdata",
    "GIT~2.gitdata", ".git .gitdata", ".git..gitdata", ".git::$INDEX_ALLOCATION.gitdata", ".g\u200cit.gitdata",
    "a\\.git.gitdata", "...gitdata", "..gitdata", "x/...gitdata", "x/..gitdata", ".gitattributes.gitdata",
    ".gitignore.gitdata", ".gitmodules.gitdata", ".mailmap.gitdata", ".gitdata.toml.gitdata", ".gitdataignore.gitdata",
    "sub/.gitattributes.gitdata", "sub/.GITIGNORE.gitdata", "sub2/.gitattributes/in.gitdata", "GITATT~1.gitdata",
    ".gitignore .gitdata", ".gitmodules..gitdata", "gi7eba~1.gitdata", ".gitdata-tmp-x.gitdata",
    "pointer.gitdata.gitdata", "new\nline.gitdata",
)  # fmt: skip
"""Pointers whose data could not lie where their name says, whatever else is there."""

BY_NEIGHBOURS = (
    "outer.gitdata", "outer/inner.gitdata", "case.gitdata", "CASE.gitdata", f"{NFC}.gitdata", f"{NFD}.gitdata",
    "src.gitdata", "script.gitdata", "module.gitdata", "holder.gitdata",
)  # fmt: skip
"""Pointers whose data cannot lie beside what else the commit has."""

NO_POINTERS = ("link.gitdata", "gitlink.gitdata", "folder.gitdata/readme")
"""Named like pointers, and something else."""

REFUSED = BY_NAME + BY_NEIGHBOURS


def written_by_git(name: str) -> bool:
    """Git itself refuses a component `.git`, and that with a stream of NTFS."""
    return not any(part.lower().partition("::")[0] == ".git" for part in name.split("/"))


def evil(shell: Shell) -> Shell:
    """The attacker's repository: branch `main` is harmless, `evil` has all of it; the data is on the remote."""
    repo = project(shell, name="attacker")
    repo.write("innocent/hooks/post-index-change", '#!/bin/sh\n: >"$HOME/owned"\n')
    repo.write("innocent/hooks/post-checkout", '#!/bin/sh\n: >"$HOME/owned"\n')
    for name in ("innocent/hooks/post-index-change", "innocent/hooks/post-checkout"):
        (repo.cwd / name).chmod(0o755)
    repo.write("innocent/config", "[core]\n\tfsmonitor = touch owned\n")
    repo.write("innocent/main.py", "evil = True\n")
    repo.write("single", "*.txt filter=evil\n")
    repo.write("good/a", "good\n")
    repo.write("src/main.py", "print()\n")
    repo.write("script", "true\n")
    repo.git("data track innocent single good")
    repo.git("add src script")
    repo.git("commit -qm harmless")
    repo.git("branch -M main")
    repo.git("push -q origin main")
    directory, single = (repo.git(f"rev-parse HEAD:{name}.gitdata").strip() for name in ("innocent", "single"))
    commit = repo.git("rev-parse HEAD").strip()
    lines = []
    for name in filter(written_by_git, REFUSED):
        oid = single if name.rpartition("/")[2].startswith((".gita", ".giti", ".gitm", ".mail", ".gitd")) else directory
        lines.append(f"100644 {oid} 0\t{name}")
    target = repo.run("git hash-object -w --stdin", stdin=b"innocent").out.strip()
    lines += [f"120000 {target} 0\tlink.gitdata", f"160000 {commit} 0\tgitlink.gitdata"]
    lines += [f"160000 {commit} 0\tmodule", f"160000 {commit} 0\tholder/module"]
    lines.append(f"100644 {directory} 0\tfolder.gitdata/readme")
    lines.append(f"100644 {directory} 0\tfine.gitdata")
    repo.git("checkout -qb evil")
    listing = "".join(line + "\0" for line in lines).encode()
    repo.run("git update-index -z --add --index-info", stdin=listing)
    repo.write(".gitignore", repo.read(".gitignore") + b"/fine/\n")
    repo.git("add .gitignore")
    repo.git("commit -qm 'update data' --no-verify")
    repo.git("push -q --no-verify origin evil")
    repo.git("checkout -qf main")
    return repo


def trusting(shell: Shell) -> None:
    """A person who has git-data for all clones and trusts the attacker's remote."""
    shell.run("git data install")
    shell.git(f"config --global gitdata.trust {shell.cwd / 'bucket'}")


def fingerprint(top: Path, *roots: str) -> dict[str, str]:
    """What is in a folder, by path, but for data `roots` and for what Git and git-data keep of their own in `.git`."""
    found = {}
    for folder, folders, files in os.walk(top):
        inside = os.path.relpath(folder, top).split("/")
        own = inside[inside.index(".git") + 1 :] if ".git" in inside else None
        own = own[2:] if own and len(own) > 1 and own[0] in ("modules", "worktrees") else own
        if own and own[0] in _OF_GIT:
            folders.clear()
            continue
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in files + links:
            path = Path(folder, name)
            shown = os.path.normpath("/".join([*inside, name]))
            if own == [] and name in _OF_GIT or any(f"{shown}/".startswith(f"{root}/") for root in roots):
                continue
            content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
            content = content.replace(os.fsencode(top), b"TOP")
            if own == ["hooks"] and (b"\n# git-data: " in content[:100] or name.endswith(".sample")):
                continue
            if own == ["info"] and name == "exclude":  # what is half written, and nothing else, is left out
                content = content.replace(b"\n.gitdata-tmp-*\n", b"\n")
            executable = not path.is_symlink() and os.access(path, os.X_OK)
            found[shown] = f"{'x' if executable else '-'} {hashlib.sha256(content).hexdigest()}"
    return found


_OF_GIT = frozenset(
    ("gitdata", "objects", "index", "logs", "config", "FETCH_HEAD", "ORIG_HEAD", "refs", "packed-refs", "HEAD")
) | {"COMMIT_EDITMSG", "MERGE_RR", "AUTO_MERGE", "rr-cache", "sequencer"}
