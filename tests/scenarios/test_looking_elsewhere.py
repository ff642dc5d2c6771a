"""Versions looked at where much is missing: in a shallow clone, in a bare repository, and folders of a few versions."""

import re

import pytest
from shell import Shell, project

pytestmark = pytest.mark.any_git


def plain(told: str) -> str:
    return re.sub(r" \(HEAD -> .*?\)", "", told)


@pytest.mark.parametrize("limit", [4096, 1])
def test_in_shallow_clones_and_bare_repositories(shell: Shell, limit: int) -> None:
    repo = project(shell)
    repo.git(f"config gitdata.listingLimit {limit}")
    for number in range(6):
        repo.write("data/a.csv", f"{number}\n")
        repo.write("data/b.csv", f"b{number}\n")
        repo.git("data track data" if not number else "data status")
        repo.git(f"commit -qam v{number}")
    repo.git("push -q origin main")
    expected = {
        words: repo.git(words)
        for words in (
            "data show main~1:data/a.csv", "data diff --name-status main~1..main", "data diff -p main~1..main",
            "data log --oneline --stat -1 main -- '*.csv'", "data log --oneline -2 main -- data/a.csv",
            "data blame main -- data",
        )
    }  # fmt: skip

    shell.git("clone -q --bare hub.git bare.git")
    shell.git(f"clone -q --depth 3 file://{shell.cwd}/hub.git shallow")
    bare, shallow = shell.cd("bare.git"), shell.cd("shallow")
    bare.git(f"config gitdata-remote.origin.url {shell.cwd / 'bucket'}")
    shallow.git("data init", code=None)
    shallow.git("data trust")
    for there in (bare, shallow):
        for words, told in expected.items():
            done = there.run(f"git {words}")
            assert plain(done.out) == plain(told), words
            assert done.err.count("\n") <= 1, done.err
    subjects = [line.split()[-1] for line in shallow.git("data log --oneline data").splitlines()[::2]]
    assert subjects == ["v5", "v4", "v3"]
    for words in ("show HEAD~3:data/a.csv", "diff HEAD~3..HEAD", "log HEAD~3"):
        refused = shallow.run(f"git data {words}", code=129).err
        assert "no revision" in refused or "neither a revision" in refused
        assert refused.count("\n") == 1
    assert "no work tree" in bare.run("git data diff main", code=128).err

    if limit == 1:  # of a folder only listings of versions come in which a file of it may have changed last
        shell.git("clone -q --bare hub.git other.git")
        other = shell.cd("other.git")
        other.git(f"config gitdata-remote.origin.url {shell.cwd / 'bucket'}")
        assert other.run("git data blame main -- data").err == "git-data: fetched 3 folder listings from origin\n"
