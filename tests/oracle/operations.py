"""What happens in a twin's life: edits of data, and Git commands, each with its own random numbers."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import around
import nested
from meanwhile import meanwhile
from twins import ROOTS, Twins, files, write

Step = Callable[[Twins, random.Random], None]
_KEPT = "keep.txt"  # one file of each root stays: a root that is gone altogether means "not here"


def _some_file(twins: Twins, rng: random.Random, root: str) -> str | None:
    names = sorted(name for name in files(twins.plain.cwd / root) if name != _KEPT)
    return rng.choice(names) if names else None


def _text(rng: random.Random) -> str:
    return "".join(f"{rng.randrange(1000)},{rng.randrange(1000)}\n" for _ in range(rng.choice((0, 1, 5, 400))))


def _remove(path: Path, root: Path) -> None:
    path.unlink()
    while path.parent != root and not any(path.parent.iterdir()):
        path = path.parent
        path.rmdir()


def edit(twins: Twins, rng: random.Random) -> None:
    """Change a file: new content, more at the end, or less."""
    root = rng.choice(ROOTS)
    name = _some_file(twins, rng, root)
    if name is None or (twins.plain.cwd / root / name).is_symlink():
        return
    how, text = rng.choice(("replace", "append", "truncate")), _text(rng) + "x\n"

    def action(top: Path) -> None:
        path = top / root / name
        old = path.read_text()
        path.write_text({"replace": text, "append": old + text, "truncate": old[: len(old) // 2]}[how])

    twins.edit(f"{how} {root}/{name}", action)


def lines(twins: Twins, rng: random.Random) -> None:
    """Change some lines of a table: both sides often change the same file, and sometimes the same lines."""
    root = rng.choice(ROOTS)
    path = twins.plain.cwd / root / "table.txt"
    if not path.is_file() or path.is_symlink():
        return
    where = [rng.randrange(40) for _line in range(rng.choice((1, 1, 2)))]
    how, value = rng.choice(("change", "change", "insert", "delete")), rng.randrange(3)

    def action(top: Path) -> None:
        table = top / root / "table.txt"
        rows = table.read_text().split("\n")
        for place in where:
            if place < len(rows) - 1:
                rows[place : place + (how != "insert")] = [] if how == "delete" else [f"{place},{value}"]
        table.write_text("\n".join(rows))

    twins.edit(f"{how} lines {where} of {root}/table.txt ({value})", action)


def code(twins: Twins, rng: random.Random) -> None:
    """Change the code."""
    text = f"line {rng.randrange(1000)}\n"
    twins.edit("edit code.txt", lambda top: (top / "code.txt").write_text(text))


def delete(twins: Twins, rng: random.Random) -> None:
    """Delete a file."""
    root = rng.choice(ROOTS)
    name = _some_file(twins, rng, root)
    if name is not None:
        twins.edit(f"rm {root}/{name}", lambda top: _remove(top / root / name, top / root))


def chmod(twins: Twins, rng: random.Random) -> None:
    """Make a file executable, or not."""
    root = rng.choice(ROOTS)
    name = _some_file(twins, rng, root)
    if name is None or (twins.plain.cwd / root / name).is_symlink():
        return
    twins.edit(
        f"chmod {root}/{name}", lambda top: (top / root / name).chmod((top / root / name).stat().st_mode ^ 0o111)
    )


def create(twins: Twins, rng: random.Random) -> None:
    """New files; a data root records what is in it, so plain Git is told about them."""
    root = rng.choice(ROOTS)
    folder = rng.choice(("", "sub/", f"new{rng.randrange(3)}/", "sub/deep/"))
    names = [f"{folder}f{rng.randrange(6)}.csv" for _ in range(rng.choice((1, 1, 2, 12)))]
    texts = [_text(rng) + name for name in names]

    def action(top: Path) -> None:
        for name, text in zip(names, texts, strict=True):
            write(top / root / name, text)

    twins.edit(f"create {root}/{' '.join(names)}", action)
    twins.git("add -A")


def link(twins: Twins, rng: random.Random) -> None:
    """A symlink, new or pointing elsewhere."""
    root, target = rng.choice(ROOTS), rng.choice(("keep.txt", "sub", "nowhere", "../code.txt"))

    def action(top: Path) -> None:
        path = top / root / "latest"
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    twins.edit(f"ln -sf {target} {root}/latest", action)
    twins.git("add -A")


def rename(twins: Twins, rng: random.Random) -> None:
    """Move a file, and give it other lines: Git's merges would follow a mere renaming, whatever is configured,
    and a data root has no renamed files, only files that went and files that came."""
    root = rng.choice(ROOTS)
    name = _some_file(twins, rng, root)
    new = f"moved{rng.randrange(3)}.csv"
    if name is None or name == new:
        return
    text = "".join(f"{rng.random()}\n" for _line in range(8))

    def action(top: Path) -> None:
        (top / root / name).replace(top / root / new)
        if not (top / root / new).is_symlink():
            (top / root / new).write_text(text)
        folder = (top / root / name).parent
        if folder != top / root and not any(folder.iterdir()):
            folder.rmdir()

    twins.edit(f"mv {root}/{name} {root}/{new}", action)
    twins.git("add -A")


def swap(twins: Twins, rng: random.Random) -> None:
    """A directory becomes a file, or a file becomes a directory."""
    root = rng.choice(ROOTS)
    text = _text(rng)

    def action(top: Path) -> None:
        path = top / root / "sub"
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
            path.write_text(text)
        else:
            path.unlink(missing_ok=True)
            path.mkdir()
            (path / "inner.csv").write_text(text)

    twins.edit(f"swap file and directory {root}/sub", action)
    twins.git("add -A")


def stage(twins: Twins, rng: random.Random) -> None:
    twins.git(rng.choice(("add -A", "add -u", "add {data}", "add {config}", "add code.txt")))


def commit(twins: Twins, rng: random.Random) -> None:
    """Without -a, git-data takes along every root whose pointer was not staged by hand."""
    message = f"c{rng.randrange(10**6)}"
    how = rng.choice(("-a", "-a", "-a", "--amend", "path", "code", "plain", "no-verify"))
    if how in ("-a", "--amend", "no-verify") and twins.plain.git(f"ls-files -o -- {' '.join(ROOTS)}"):
        twins.git(
            "add -A"
        )  # taken out of the index, they are untracked for plain Git; a data root records what is in it
    if how == "--amend":
        twins.git("commit -a --amend --no-edit")
    elif how == "path":
        twins.git(f"commit -m {message} -- {{{rng.choice(ROOTS)}}}")
    elif how == "code":
        twins.git(f"commit -m {message} -- code.txt")
    elif how == "plain":
        _commit_without_a(twins, message)
    elif how == "no-verify":
        twins.git(f"commit -a --no-verify -m {message}")
    else:
        twins.git(f"commit -a -m {message}")


def _commit_without_a(twins: Twins, message: str) -> None:
    """Data comes along unless it was staged by hand. Git looks at its index before the hook can add to it,
    so a commit of nothing but data is refused, staged, and made by the second try."""
    something = twins.staged_by_hand() or _conflicted(twins)
    for root in ROOTS:
        if not twins.staged_by_hand(root):
            twins.plain.git(f"add -A -- {root}")
    if not something and twins.staged_by_hand():
        refused = twins.ours.run(f"git commit -m {message}", code=1)
        assert "run the same command again" in refused.err
    twins.git(f"commit -m {message}")


def _branches(twins: Twins) -> list[str]:
    return twins.plain.git("branch --format=%(refname:short)").split()


def _named(twins: Twins, rng: random.Random) -> str:
    """A branch, a tag, or a commit some steps back; written so that it means the same in both."""
    tags = twins.plain.git("tag").split()
    names = [name for name in _branches(twins) if not name.startswith("(")] + tags + ["HEAD~1", "HEAD~2"]
    return rng.choice(
        [name for name in names if twins.plain.run(f"git rev-parse -q --verify {name}^0", code=None).code == 0]
    )


def switch(twins: Twins, rng: random.Random) -> None:
    target = _named(twins, rng)
    how = rng.choice(("checkout -q", "checkout -q", "checkout -q --detach", "switch -q --detach", "checkout -q -f"))
    twins.git(f"{how} {target}")


def branch(twins: Twins, rng: random.Random) -> None:
    name = f"b{rng.randrange(4)}"
    twins.git(
        rng.choice((f"checkout -q -b {name}", f"branch {name}", f"switch -q -c {name}", f"tag t{rng.randrange(4)}"))
    )


def back(twins: Twins, rng: random.Random) -> None:
    """Go to the main branch again, or to the other one."""
    twins.git(f"checkout -q {rng.choice(('main', 'side'))}")


def restore(twins: Twins, rng: random.Random) -> None:
    root, rev = "{" + rng.choice(ROOTS) + "}", _named(twins, rng)
    twins.git(
        rng.choice(
            (
                f"checkout -q --no-overlay {rev} -- {root}",
                f"restore --source={rev} --staged --worktree {root}",
                f"restore {root}",
                f"restore --staged --worktree {root}",
                f"restore --staged {root}",
                "checkout -q -- .",
            )
        )
    )


def reset(twins: Twins, rng: random.Random) -> None:
    how = rng.choice(("--soft", "--mixed", "--hard", "--hard", "--keep", "--merge"))
    twins.git(f"reset -q {how} {rng.choice(('HEAD', 'HEAD~1', _named(twins, rng)))}")
    if how == "--mixed":
        twins.git("add -A")  # files that are new since are untracked for plain Git now


def stash(twins: Twins, rng: random.Random) -> None:
    command = rng.choice(
        (
            "push -q",
            "push -q",
            "push -q -u",
            "push -q --keep-index",
            "pop -q",
            "pop -q",
            "apply -q",
            "drop -q",
            "branch s1",
        )
    )
    done = twins.git(f"stash {command}")
    if command.split()[0] in ("pop", "apply", "branch"):
        if done.code != 0:
            _give_up(twins, "reset -q --hard")
        elif twins.plain.run("git diff --cached --quiet --diff-filter=A", code=None).code:
            twins.git("add -A")  # Git stages a file that is new in a stash, where the pointer is a changed file


def merge(twins: Twins, rng: random.Random) -> None:
    others = rng.sample(_branches(twins), k=min(len(_branches(twins)), rng.choice((1, 1, 1, 1, 2))))
    others = [name for name in others if not name.startswith("(")]
    how = rng.choice(("", "", "--no-ff", "--squash", "--ff-only"))
    if not others:
        return
    done = twins.git(f"merge -q --no-edit {how} {' '.join(others)}")
    if done.code != 0:
        if len(others) == 1:  # several are merged by a script, which knows no drivers
            twins.agree_in_conflict()
        if len(others) == 1 and how != "--squash" and _conflicted(twins):
            _settle(twins, rng, "merge")
        elif _unmerged(twins):
            _give_up(twins, "reset -q --hard")


def rebase(twins: Twins, rng: random.Random) -> None:
    done = twins.git(f"rebase -q {rng.choice((*_branches(twins), 'HEAD~1'))}")
    if done.code != 0 and (twins.plain.cwd / ".git/rebase-merge").exists():
        twins.agree_in_conflict()
        _give_up(twins, "rebase --abort")


_EDITORS = {
    "reorder": "sed -i -e '1{h;d}' -e '2{G}'",
    "squash": "sed -i -e '2s/^pick/squash/'",
    "fixup": "sed -i -e '2s/^pick/fixup/'",
    "drop": "sed -i -e '1d'",
    "edit": "sed -i -e '1s/^pick/edit/'",
}


def rebase_i(twins: Twins, rng: random.Random) -> None:
    """An interactive rebase of the last two commits."""
    if twins.plain.run("git rev-parse -q --verify HEAD~2", code=None).code or _has_merges(twins):
        return
    how = rng.choice(sorted(_EDITORS))
    done = twins.git("rebase -q -i HEAD~2", GIT_SEQUENCE_EDITOR=_EDITORS[how])
    if done.code != 0:
        if (twins.plain.cwd / ".git/rebase-merge").exists():
            _give_up(twins, "rebase --abort")
    elif (twins.plain.cwd / ".git/rebase-merge").exists():  # stopped to edit
        twins.agree()
        edit(twins, rng)
        twins.git("commit -q -a --amend --no-edit")
        if twins.git("rebase --continue").code != 0:
            _give_up(twins, "rebase --abort")


def _has_merges(twins: Twins) -> bool:
    return bool(twins.plain.git("rev-list --merges HEAD~2..HEAD"))


def pick(twins: Twins, rng: random.Random) -> None:
    command = rng.choice(("cherry-pick", "revert --no-edit", "cherry-pick -n"))
    name = _named(twins, rng)
    if command.startswith("revert") and twins.plain.run(f"git rev-parse -q --verify {name}~1", code=None).code:
        return  # to revert the first commit takes whole roots away, which for Git is one file each
    done = twins.git(f"{command} {name}")
    if done.code != 0:
        twins.agree_in_conflict()
        if (twins.plain.cwd / ".git/CHERRY_PICK_HEAD").exists() or (twins.plain.cwd / ".git/REVERT_HEAD").exists():
            _give_up(twins, f"{command.split()[0]} --abort")
        elif _unmerged(twins):
            _give_up(twins, "reset -q --hard")


def _conflicted(twins: Twins) -> bool:
    return (twins.plain.cwd / ".git/MERGE_HEAD").exists()


def _unmerged(twins: Twins) -> bool:
    return bool(twins.plain.git("ls-files -u"))


def _give_up(twins: Twins, command: str) -> None:
    """Both repositories are in the middle of the same thing; both go back."""
    twins.git(command)


def _settle(twins: Twins, rng: random.Random, command: str) -> None:
    """A conflict: give up, or take one side everywhere."""
    paths = {line.split("\t")[1] for line in twins.plain.git("ls-files -u -z").split("\0") if line}
    nested = any(other.startswith(path + "/") for path in paths for other in paths) or any(
        "~" in path for path in paths
    )
    if nested or rng.random() < 0.4:
        _give_up(twins, f"{command} --abort")
        return
    side = rng.choice(("ours", "theirs"))
    twins.session.append(f"resolve --{side}")
    twins.ours.git(f"data resolve --{side}", code=0)
    for shell in (twins.plain, twins.ours):
        _take(shell, side)
    twins.agree()
    twins.git("commit -q --no-edit")


def _take(shell: object, side: str) -> None:
    """Take one side of every file in conflict that Git itself tracks."""
    stages: dict[str, set[str]] = {}
    for line in shell.git("ls-files -u -z").split("\0"):  # type: ignore[attr-defined]
        if line:
            meta, _, path = line.partition("\t")
            stages.setdefault(path, set()).add(meta.split(" ")[2])
    for path, found in stages.items():
        if ("2" if side == "ours" else "3") in found:
            shell.git(f"checkout -q --{side} -- {path}")  # type: ignore[attr-defined]
            shell.git(f"add -- {path}")  # type: ignore[attr-defined]
        else:
            shell.git(f"rm -q -f --ignore-unmatch -- {path}")  # type: ignore[attr-defined]


def gc(twins: Twins, rng: random.Random) -> None:
    twins.git("gc -q --prune=now")


EDITS: dict[str, tuple[Step, int]] = {
    "edit": (edit, 8),
    "lines": (lines, 6),
    "code": (code, 2),
    "delete": (delete, 3),
    "chmod": (chmod, 1),
    "create": (create, 4),
    "link": (link, 1),
    "rename": (rename, 2),
    "swap": (swap, 1),
}
COMMANDS: dict[str, tuple[Step, int]] = {
    "stage": (stage, 3),
    "commit": (commit, 8),
    "switch": (switch, 4),
    "back": (back, 3),
    "branch": (branch, 2),
    "restore": (restore, 3),
    "reset": (reset, 3),
    "stash": (stash, 4),
    "merge": (merge, 4),
    "rebase": (rebase, 2),
    "rebase-i": (rebase_i, 2),
    "pick": (pick, 3),
    "gc": (gc, 1),
    "clean": (around.clean, 1),
    "patch": (around.patch, 1),
    "linked": (around.linked, 1),
    "bisect": (around.bisect, 1),
    "publish": (around.publish, 3),
    "clone": (around.clone, 1),
    "pull": (around.pull, 1),
    "submodule": (nested.submodule, 1),
    "sparse": (nested.sparse, 1),
    "border": (around.border, 2),
    "meanwhile": (meanwhile, 2),
}
STEPS = EDITS | COMMANDS
