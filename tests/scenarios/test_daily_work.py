"""A day with git-data, on a directory remote: each test reads like a shell session."""

import os
from pathlib import Path

import pytest
from shell import Shell, project


@pytest.fixture
def repo(shell: Shell) -> Shell:
    """A project whose first version is committed and tagged v1."""
    repo = project(shell)
    repo.write("data/students.csv", "".join(f"{n},{n * 7 % 101}\n" for n in range(2000)))
    repo.write("data/raw/one.txt", "one\n")
    repo.write("data/run.sh", "#!/bin/sh\n")
    (repo.cwd / "data/run.sh").chmod(0o755)
    (repo.cwd / "data/latest").symlink_to("raw/one.txt")
    (repo.cwd / "data/empty").mkdir()
    repo.write("config/p.json", '{"lr": 1}\n')
    repo.write("train.py", "print(1)\n")
    repo.git("data track data config")
    repo.git("add train.py")
    repo.git("commit -qm first")
    repo.git("tag v1")
    return repo


def second(repo: Shell) -> Path:
    """Make, commit and tag v2; a copy of its data."""
    repo.write("data/students.csv", repo.read("data/students.csv") + b"new,row\n")
    repo.write("data/raw/two.txt", "two\n")
    (repo.cwd / "data/raw/one.txt").unlink()
    (repo.cwd / "data/latest").unlink()
    (repo.cwd / "data/latest").symlink_to("raw/two.txt")
    (repo.cwd / "data/run.sh").chmod(0o644)
    repo.git("commit -qam second")
    repo.git("tag v2")
    return repo.copy("v2", "data", "config")


def test_tracked_data_stays_out_of_git_and_the_pointer_is_in(repo: Shell) -> None:
    listed = repo.git("ls-files").split()
    assert "data.gitdata" in listed and "config.gitdata" in listed
    assert not [name for name in listed if name.startswith(("data/", "config/"))]
    assert repo.clean


def test_commit_a_after_an_edit_contains_the_edit(repo: Shell) -> None:
    before = repo.git("rev-parse HEAD:data.gitdata")
    repo.write("data/raw/one.txt", "changed\n")
    assert repo.git("status --porcelain") == " M data.gitdata\n"
    repo.git("commit -qam edit")
    assert repo.git("rev-parse HEAD:data.gitdata") != before
    assert repo.clean
    repo.git("checkout -q v1")
    assert repo.read("data/raw/one.txt") == b"one\n"
    repo.git("checkout -q main")
    assert repo.read("data/raw/one.txt") == b"changed\n"


def test_commit_without_a_takes_the_data_along(repo: Shell) -> None:
    repo.write("data/raw/one.txt", "changed\n")
    repo.write("train.py", "print(2)\n")
    repo.git("add train.py")
    repo.git("commit -qm both")
    assert set(repo.git("show --name-only --format= HEAD").split()) == {"data.gitdata", "train.py"}
    assert repo.clean


def test_checkout_of_tags_commits_and_branches_brings_the_bytes(repo: Shell) -> None:
    v1 = repo.copy("v1", "data", "config")
    v2 = second(repo)
    for target, copy in (("v1", v1), ("v2", v2), ("HEAD~1", v1), ("main", v2)):
        repo.git(f"checkout -q {target}")
        repo.same(copy, "data", "config")
        assert repo.clean


def test_reset_hard_restore_and_checkout_f_discard_data_edits_as_git_does(repo: Shell) -> None:
    v1 = repo.copy("v1", "data", "config")
    for command in ("reset -q --hard", "restore .", "checkout -q -f"):
        repo.write("data/raw/one.txt", f"unsaved before {command}\n")
        repo.write("data/new.txt", "new\n")
        assert repo.git("status --porcelain") == " M data.gitdata\n"
        repo.git(command)
        repo.same(v1, "data", "config")
        assert repo.clean


def test_reset_hard_to_an_older_commit(repo: Shell) -> None:
    v1 = repo.copy("v1", "data", "config")
    second(repo)
    repo.git("reset -q --hard v1")
    repo.same(v1, "data", "config")


def test_checkout_refuses_while_data_is_dirty_and_differs(repo: Shell) -> None:
    second(repo)
    repo.write("data/raw/two.txt", "unsaved\n")
    refused = repo.run("git checkout -q v1", code=1)
    assert "data.gitdata" in refused.err
    assert repo.read("data/raw/two.txt") == b"unsaved\n"


def test_stash_and_pop_carry_data(repo: Shell) -> None:
    v1 = repo.copy("v1", "data", "config")
    repo.write("data/raw/one.txt", "stashed\n")
    edited = repo.copy("edited", "data", "config")
    repo.git("stash -q")
    repo.same(v1, "data", "config")
    repo.git("stash pop -q")
    repo.same(edited, "data", "config")


def test_merge_of_different_files_is_clean_and_brings_both(repo: Shell) -> None:
    repo.git("checkout -qb side")
    repo.write("data/side.txt", "side\n")
    repo.git("commit -qam side")
    repo.git("checkout -q main")
    repo.write("data/main.txt", "main\n")
    repo.git("commit -qam main")
    repo.git("merge -q --no-edit side")
    assert repo.read("data/side.txt") == b"side\n"
    assert repo.read("data/main.txt") == b"main\n"
    assert repo.clean


def test_merge_conflict_leaves_both_versions_and_a_readable_pointer(repo: Shell) -> None:
    repo.git("checkout -qb side")
    repo.write("data/raw/one.txt", b"theirs\0\n")
    repo.git("commit -qam side")
    repo.git("checkout -q main")
    repo.write("data/raw/one.txt", b"ours\0\n")
    repo.git("commit -qam main")
    conflict = repo.run("git merge side", code=1)
    assert "raw/one.txt" in conflict.said
    assert repo.read("data/raw/one.txt") == b"ours\0\n"
    assert repo.read("data/raw/one.txt.theirs") == b"theirs\0\n"
    (repo.cwd / "data/raw/one.txt.theirs").unlink()
    repo.write("data/raw/one.txt", "both\n")
    repo.git("data add data")
    repo.git("commit -qm merged")
    assert repo.clean
    assert repo.git("rev-list --parents -n 1 HEAD").count(" ") == 2


def test_live_status_can_be_switched_off_and_commits_still_record(repo: Shell) -> None:
    repo.git("config --unset core.fsmonitor")
    repo.write("data/raw/one.txt", "changed\n")
    assert repo.clean  # Git does not see it now ...
    repo.write("train.py", "print(3)\n")
    repo.git("commit -qam third")  # ... but the commit has it
    repo.git("checkout -q v1")
    assert repo.read("data/raw/one.txt") == b"one\n"
    repo.git("checkout -q main")
    assert repo.read("data/raw/one.txt") == b"changed\n"


def test_a_commit_of_named_paths_takes_only_those(repo: Shell) -> None:
    repo.write("data/raw/one.txt", "changed\n")
    repo.write("train.py", "print(4)\n")
    repo.git("commit -qm code train.py")
    assert repo.git("show --name-only --format= HEAD").split() == ["train.py"]
    assert repo.git("status --porcelain") == " M data.gitdata\n"
    repo.git("commit -qm data data.gitdata")
    assert repo.git("show --name-only --format= HEAD").split() == ["data.gitdata"]
    assert repo.clean


def test_a_commit_of_some_hunks_takes_only_those(repo: Shell) -> None:
    for number in range(30):
        repo.write(f"data/many/{number:02}.txt", f"{number}\n")
    repo.git("commit -qam many")
    for number in (3, 25):
        repo.write(f"data/many/{number:02}.txt", f"{number} edited\n")
    repo.run("git commit -q -p -m some", stdin=b"y\nn\n")
    changed = repo.git("diff --no-textconv HEAD~1 HEAD -- data.gitdata")
    assert "many/03.txt" in changed and "+" in changed
    assert [line for line in changed.splitlines() if line.startswith("+") and "25.txt" in line] == []
    assert repo.git("status --porcelain") == " M data.gitdata\n"
    assert repo.git("diff --cached --name-only") == ""
    assert repo.read("data/many/25.txt") == b"25 edited\n"
    repo.git("commit -qam rest")
    assert repo.clean
    repo.git("checkout -q HEAD~1")
    assert (repo.read("data/many/03.txt"), repo.read("data/many/25.txt")) == (b"3 edited\n", b"25\n")


def test_data_that_is_missing_altogether_is_not_taken_for_deleted(repo: Shell) -> None:
    v1 = repo.copy("v1", "data", "config")
    repo.git("clean -qfdx")
    assert not (repo.cwd / "data").exists()
    assert repo.clean
    repo.git("data checkout")
    repo.same(v1, "data", "config")


def test_untrack_leaves_the_files(repo: Shell) -> None:
    repo.git("data untrack config")
    assert repo.read("config/p.json") == b'{"lr": 1}\n'
    assert "config.gitdata" not in repo.git("ls-files").split()
    assert b"/config/" not in repo.read(".gitignore")


def test_a_renamed_pointer_renames_the_data(repo: Shell) -> None:
    repo.git("mv config.gitdata settings.gitdata")
    repo.git("data checkout")
    assert repo.read("settings/p.json") == b'{"lr": 1}\n'


def test_ignored_files_are_no_data(repo: Shell) -> None:
    repo.write(".gitdataignore", "*.tmp\n/data/cache/\n")
    repo.write("data/x.tmp", "junk")
    repo.write("data/cache/big", "junk")
    assert "data.gitdata" not in repo.git("status --porcelain")
    repo.write("data/cache2/kept", "kept")
    repo.git("add .gitdataignore")
    repo.git("commit -qam more")
    listed = repo.git("data ls -z").split("\0")
    assert "data/cache2/kept" in listed
    assert "data/x.tmp" not in listed and "data/cache/big" not in listed


def test_names_that_are_not_utf8_or_hold_control_characters(repo: Shell) -> None:
    odd = [
        b"caf\xe9.bin",
        b"new\nline",
        b"tab\there",
        b'quo"te',
        b"back\\slash",
        b"esc\x1b[31m",
        "gr\u00fc\u00dfe".encode(),
    ]
    top = os.fsencode(repo.cwd)
    for name in odd:
        with open(os.path.join(top, b"data", name), "wb") as file:
            file.write(name)
    repo.git("commit -qam odd")
    copy = repo.copy("odd", "data")
    repo.git("checkout -q v1")
    repo.git("checkout -q main")
    repo.same(copy, "data")
    assert repo.clean
    shown = repo.run("git data ls").out
    assert "\x1b" not in shown


def test_a_linked_work_tree_has_its_own_data(repo: Shell) -> None:
    v1 = repo.copy("v1", "data", "config")
    v2 = second(repo)
    repo.git("worktree add -q ../tree v1")
    tree = repo.cd("../tree")
    tree.same(v1, "data", "config")
    repo.same(v2, "data", "config")
    tree.git("checkout -qb side")
    tree.write("data/raw/one.txt", "from the tree\n")
    tree.git("commit -qam tree")
    repo.git("merge -q --no-edit -X ours side", code=None)
    assert tree.clean


def test_rebase_cherry_pick_and_revert(repo: Shell) -> None:
    repo.git("checkout -qb side")
    repo.write("data/side.txt", "side\n")
    repo.git("commit -qam side")
    repo.git("checkout -q main")
    repo.write("data/zmain.txt", "main\n")
    repo.git("commit -qam main")
    repo.git("checkout -q side")
    repo.git("rebase -q main")
    assert repo.read("data/zmain.txt") == b"main\n" and repo.read("data/side.txt") == b"side\n"
    repo.git("checkout -q main")
    repo.git("cherry-pick side")
    assert repo.read("data/side.txt") == b"side\n"
    repo.git("revert --no-edit HEAD")
    assert not (repo.cwd / "data/side.txt").exists()
    assert repo.clean


def test_status_for_scripts_and_in_colours(repo: Shell) -> None:
    """What is recorded for the next commit, and what was done since: the letters that `git status` has for code."""
    for name in ("both", "gone", "recorded", "edited"):
        repo.write(f"data/{name}", "one\n")
    repo.git("commit -qam one")
    repo.write("data/both", "two words\n")
    repo.write("data/recorded", "two words\n")
    repo.write('data/with "quotes"', "new\n")
    repo.git("add data.gitdata")
    repo.write("data/both", "three words, more\n")
    repo.write("data/edited", "two words\n")
    (repo.cwd / "data/gone").unlink()
    said = repo.git("data status --porcelain").splitlines()
    assert said == ["MM data/both", " M data/edited", " D data/gone", "M  data/recorded", 'A  "data/with \\"quotes\\""']
    assert repo.git("data status -z").split("\0") == [*said[:4], 'A  data/with "quotes"', ""]
    coloured = repo.git("data status --color=always")
    assert "\x1b[32mmodified  data/recorded (10 B)\x1b[m" in coloured
    assert "\x1b[31mmodified  data/both (18 B)\x1b[m" in coloured and "\x1b" not in repo.git("data status")


def test_status_names_moved_files(repo: Shell) -> None:
    """As Git does it for what is staged; what was moved since only where the stat data or a short look proves it."""
    for name in ("moved", "then moved", "away", "edited", "copied"):
        repo.write(f"data/{name}", f"these are the bytes of {name}\n")
    repo.git("commit -qam one")
    for old, new in (("data/moved", "data/d/moved"), ("data/away", "config/away"), ("data/edited", "data/d/edited")):
        (repo.cwd / new).parent.mkdir(exist_ok=True)
        (repo.cwd / old).rename(repo.cwd / new)
    repo.git("add data.gitdata config.gitdata")
    repo.write("data/d/edited", "other\n")
    (repo.cwd / "data/then moved").rename(repo.cwd / "data/moved now")
    (repo.cwd / "data/copied").unlink()
    repo.write("data/copy", "these are the bytes of copied\n")
    said = [
        "R  data/away -> config/away", " R data/copied -> data/copy", "RM data/edited -> data/d/edited",
        "R  data/moved -> data/d/moved", ' R "data/then moved" -> "data/moved now"',
    ]  # fmt: skip
    assert repo.git("data status --porcelain").splitlines() == said
    assert "R  data/d/moved\0data/moved\0 R data/moved now\0data/then moved\0" in repo.git("data status -z")
    assert "\x1b[32mrenamed   data/moved -> data/d/moved (29 B)\x1b[m" in repo.git("data status --color=always")
    short = repo.git("-c gitdata.lookBytes=0 data status --porcelain").splitlines()
    assert [*short[1:3], short[-1]] == [" D data/copied", " A data/copy", said[-1]], "nothing was read"
    assert "R" not in repo.git("data status --porcelain --no-renames")
    assert repo.git("-c status.renames=false data status -z") == repo.git("data status -z --no-renames")
    message = repo.cwd.parent / "message"
    repo.run("git commit -q", GIT_EDITOR=f'sh -c \'cp "$1" {message}; echo two >"$1"\' -')
    assert "# \trenamed:  data/away -> config/away\n" in message.read_text()


def test_status_and_ls_as_json(repo: Shell) -> None:
    import json

    repo.write("data/new.txt", "12345")
    found = json.loads(repo.git("data status --json"))
    roots = {root["path"]: root for root in found["roots"]}
    assert roots["config"]["condition"] == "clean"
    (change,) = roots["data"]["changes"]
    assert change == {
        "kind": "added",
        "path": "data/new.txt",
        "size": 5,
        "recorded": None,
        "edited": "added",
        "was": None,
    }
    items = {item["path"]: item for item in json.loads(repo.git("data ls v1 --json"))}
    assert items["data/run.sh"]["kind"] == "exec"
    assert items["data/empty"]["kind"] == "dir"


def test_many_files_use_a_tree_pointer_and_a_textconv_shows_files(repo: Shell) -> None:
    repo.git("config gitdata.listingLimit 10")
    for number in range(20):
        repo.write(f"data/many/{number:02}.txt", f"{number}\n")
    repo.git("commit -qam many")
    assert repo.read("data.gitdata").startswith(b"gitdata pointer 1 tree\n")
    many = repo.copy("many", "data")
    repo.write("data/many/07.txt", "seven\n")
    shown = repo.git("diff")
    assert "many/07.txt" in shown and "many/08.txt" not in [
        line.split()[-1] for line in shown.splitlines() if line[:1] in "+-"
    ]
    repo.git("checkout -q -f")
    repo.same(many, "data")
    repo.git("checkout -q v1")
    repo.git("checkout -q main")
    repo.same(many, "data")


def test_tree_pointers_merge_file_by_file(repo: Shell) -> None:
    repo.git("config gitdata.listingLimit 10")
    for number in range(20):
        repo.write(f"data/many/{number:02}.txt", f"{number}\n")
    repo.git("commit -qam many")
    repo.git("checkout -qb side")
    repo.write("data/many/03.txt", "side\n")
    repo.write("data/many/new.txt", "side\n")
    repo.git("commit -qam side")
    repo.git("checkout -q main")
    repo.write("data/many/04.txt", "main\n")
    (repo.cwd / "data/many/05.txt").unlink()
    repo.git("commit -qam main")
    repo.git("merge -q --no-edit side")
    assert repo.read("data.gitdata").startswith(b"gitdata pointer 1 tree\n")
    assert repo.read("data/many/03.txt") == b"side\n" and repo.read("data/many/04.txt") == b"main\n"
    assert repo.read("data/many/new.txt") == b"side\n" and not (repo.cwd / "data/many/05.txt").exists()
    assert repo.clean


def test_a_single_file_can_be_tracked(repo: Shell) -> None:
    repo.write("big.bin", b"one" * 1000)
    repo.git("data track big.bin")
    repo.git("commit -qm file")
    repo.write("big.bin", b"two" * 1000)
    assert repo.git("status --porcelain") == " M big.bin.gitdata\n"
    repo.git("commit -qam two")
    repo.git("checkout -q HEAD~1")
    assert repo.read("big.bin") == b"one" * 1000
    repo.git("checkout -q main")
    assert repo.read("big.bin") == b"two" * 1000


def test_a_message_being_edited_shows_the_data_changes(repo: Shell) -> None:
    repo.write("data/new.txt", "x")
    repo.git("commit -qa", code=None, GIT_EDITOR="cp .git/COMMIT_EDITMSG seen; echo message >")
    assert b"added:  data/new.txt" in repo.read("seen")
    assert repo.git("log -1 --format=%B").strip() == "message"
