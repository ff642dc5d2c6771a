"""Linked work trees: one store, a state for each, and plain Git beside it."""

import subprocess
from pathlib import Path

import pytest
from beside import Beside, beside, present
from shell import Shell


@pytest.fixture
def pair(shell: Shell) -> Beside:
    return beside(shell)


def test_a_work_tree_has_the_data_of_its_branch(pair: Beside) -> None:
    pair.git("checkout -qb other")
    pair.write("data/a.txt", "other\n")
    pair.commit("other")
    pair.git("checkout -q main")
    pair.git("worktree add -q ../linked other")
    pair.git("worktree add -q --detach ../detached main")
    for place in (pair, pair.cd("../linked"), pair.cd("../detached")):
        place.same()


def test_an_edit_in_one_work_tree_is_seen_there_alone(pair: Beside) -> None:
    pair.git("worktree add -q -b two ../linked")
    linked = pair.cd("../linked")
    linked.write("data/a.txt", "edited\n")
    linked.same()
    pair.same()
    assert not linked.ours.clean and pair.ours.clean
    linked.commit("two")
    linked.same()
    pair.same()
    pair.git("checkout -q --detach two")
    linked.git("checkout -q main")
    pair.same()
    linked.same()


def test_stash_reset_and_restore_in_a_linked_work_tree(pair: Beside) -> None:
    pair.git("worktree add -q -b two ../linked")
    linked = pair.cd("../linked")
    linked.write("data/a.txt", "stashed\n")
    linked.git("stash -q")
    linked.same()
    linked.git("stash pop -q")
    linked.same()
    linked.git("reset -q --hard")
    linked.same()
    linked.write("data/a.txt", "forced\n")
    linked.git("checkout -qf HEAD")
    linked.same()
    pair.same()


def test_the_index_of_another_directory_is_respected(pair: Beside) -> None:
    """`git -C`, GIT_DIR and GIT_WORK_TREE lead to the same place as going there."""
    pair.git("worktree add -q -b two ../linked")
    linked = pair.cd("../linked")
    linked.write("data/a.txt", "from outside\n")
    pair.git("-C ../linked commit -qam outside")
    linked.same()
    linked.write("data/a.txt", "again\n")
    for outside, name in ((pair.ours, "ours"), (pair.plain, "plain")):
        top = outside.cwd.parent
        elsewhere = Shell(top.parent, {**outside.environment, "GIT_WORK_TREE": str(top / "linked")})
        elsewhere.git("commit -qam env", GIT_DIR=str(outside.cwd / ".git/worktrees/linked"))
        assert name in str(top)
    linked.same()


def test_a_work_tree_with_edits_is_removed_only_by_force(pair: Beside) -> None:
    pair.git("worktree add -q -b two ../linked")
    pair.cd("../linked").write("data/a.txt", "edited\n")
    pair.git("worktree remove ../linked", code=128)
    pair.cd("../linked").same()
    pair.git("worktree remove --force ../linked")
    assert not present(pair.ours, "../linked")
    pair.same()
    pair.git("worktree add -q ../again two")
    pair.cd("../again").same()


def test_moving_a_work_tree_moves_its_data(pair: Beside) -> None:
    pair.git("worktree add -q -b two ../linked")
    pair.cd("../linked").write("data/a.txt", "edited\n")
    pair.git("worktree move ../linked ../moved")
    moved = pair.cd("../moved")
    moved.same()
    moved.commit("two")
    moved.same()
    pair.git("worktree lock ../moved")
    pair.same()


def test_prune_after_a_work_tree_was_deleted_by_hand(pair: Beside) -> None:
    pair.git("worktree add -q -b two ../linked")
    linked = pair.cd("../linked")
    linked.write("data/a.txt", "two\n")
    linked.commit("two")
    for shell in (pair.ours, pair.plain):
        subprocess.run(["rm", "-rf", str(shell.cwd.parent / "linked")], check=True)
    pair.git("worktree prune")
    assert not present(pair.ours, ".git/worktrees/linked")
    pair.git("checkout -q two")
    pair.same()


def test_a_work_tree_inside_the_main_one(pair: Beside) -> None:
    pair.write(".gitignore", "*.pyc\n/trees/\n")
    pair.ours.git("checkout -q HEAD -- .gitignore")
    pair.ours.write(".gitignore", pair.ours.read(".gitignore").decode() + "/trees/\n")
    pair.commit("ignore")
    pair.git("worktree add -q -b two trees/two")
    inside = pair.cd("trees/two")
    inside.write("data/a.txt", "inside\n")
    inside.commit("inside")
    inside.same()
    pair.same()


def test_two_work_trees_commit_and_check_out_at_the_same_time(pair: Beside) -> None:
    pair.git("worktree add -q -b two ../linked")
    linked = pair.cd("../linked")
    script = (
        "set -e; for n in $(seq {rounds}); do echo {name} $n >data/a.txt; echo {name} $n >data/{name}$n.txt; "
        "{add} git commit -qam {name}$n; git checkout -q --detach HEAD~1; git checkout -q {branch}; done"
    )
    for ours in (True, False):
        adds = "" if ours else "git add data;"
        runs = [
            subprocess.Popen(
                [
                    "sh",
                    "-c",
                    script.format(rounds=4, name=name, branch=branch, add=adds),
                ],
                cwd=(place.ours if ours else place.plain).cwd,
                stderr=subprocess.PIPE,
            )
            for place, name, branch in ((pair, "here", "main"), (linked, "there", "two"))
        ]
        for run in runs:
            _, said = run.communicate(timeout=120)
            assert run.returncode == 0, said.decode()
    for place, name in ((pair, "here"), (linked, "there")):
        place.ours.same(place.plain.cwd, "data")
        assert place.ours.clean
        assert place.ours.git("log --format=%s -n 4").split() == [f"{name}{n}" for n in (4, 3, 2, 1)]
        assert place.ours.git("data fsck")


def test_the_files_that_git_data_keeps_for_a_work_tree_go_with_it(pair: Beside) -> None:
    pair.git("worktree add -q -b two ../linked")
    state = Path(pair.ours.cd("../linked").git("rev-parse --absolute-git-dir").strip()) / "gitdata"
    assert state.is_dir() and state.parent.parent.name == "worktrees"
    pair.git("worktree remove ../linked")
    assert not state.exists()
    assert (pair.ours.cwd / ".git/gitdata/packs").is_dir()


def test_live_status_in_a_linked_work_tree_costs_no_start_of_python_when_nothing_changed(pair: Beside) -> None:
    pair.git("worktree add -q -b two ../linked")
    linked = pair.cd("../linked")
    assert linked.ours.clean
    stamp = Path(linked.ours.git("rev-parse --absolute-git-dir").strip()) / "gitdata/looked"
    before = stamp.stat().st_mtime_ns
    assert linked.ours.clean
    assert stamp.stat().st_mtime_ns == before
    linked.write("data/sub/b.txt", "edited\n")
    assert linked.ours.git("status --porcelain") == " M data.gitdata\n"
    assert stamp.stat().st_mtime_ns != before
