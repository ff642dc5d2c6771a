"""`git data ls`: versions listed in many forms."""

import json
import subprocess

import pytest
from shell import Shell, project


@pytest.mark.any_git
@pytest.mark.parametrize("limit", [4096, 1])
def test_forms_of_a_listing(shell: Shell, limit: int) -> None:
    repo = project(shell)
    repo.git(f"config gitdata.listingLimit {limit}")
    repo.write("data/sub/deep/a.csv", "a,b\\n")
    repo.write("data/sub/b \x01.csv", "b")
    repo.write("data/c", "cc")
    (repo.cwd / "data/empty").mkdir()
    repo.write("net.onnx", "net")
    repo.git("data track data '*.onnx'")
    repo.git("add -A")
    repo.git("commit -qm one")
    repo.git("push -q origin HEAD")
    before = repo.git("data ls")
    assert [line.split()[-1] for line in before.splitlines()] == [
        "data/c", "data/empty", "\\x01.csv", "data/sub/deep/a.csv", "net.onnx",
    ]  # fmt: skip
    assert repo.git("data ls HEAD") == before
    assert repo.cd("data/sub").git("data ls HEAD ./deep").endswith("data/sub/deep/a.csv\n")
    for words, found in (
        ("'*.csv'", ["data/sub/b \x01.csv", "data/sub/deep/a.csv"]),
        ("':(glob)data/*/*.csv'", ["data/sub/b \x01.csv"]),
        ("HEAD data ':!*.csv' ", ["data/c", "data/empty"]),
        ("HEAD '*.onnx' data/c", ["data/c", "net.onnx"]),
    ):
        assert repo.git(f"data ls -z {words}").split("\0")[:-1] == found
    assert repo.cd("data/sub").git("data ls -z 'd*' ':/net*'") == "data/sub/deep/a.csv\0net.onnx\0"
    for words, code, said in (
        ("'data/*.txt'", 26, "of the work tree matches data/*"),
        (":(nope)x", 2, "is no pathspec"),
    ):
        refused = repo.run(f"git data ls {words}", code=code).err
        assert said in refused and refused.count("\n") == 1
    level = repo.git("data ls --no-recursive -l HEAD data").splitlines()
    assert [line.split()[1:] for line in level] == [
        ["2", "file", "here", "data/c"],
        [str(len("gitdata tree 1\n")), "dir", "here", "data/empty"],
        ["6", "dir", "here", "data/sub/", "(2", "files)"],
    ]
    sums = repo.git("data ls --format '%(id)  %(path)%x20%%' HEAD data/c net.onnx").splitlines()
    assert [line.split()[1:] for line in sums] == [["data/c", "%"], ["net.onnx", "%"]]
    assert all(len(line.split()[0]) == 64 for line in sums)
    assert (
        repo.git("data ls -z --format '%(size) %(path)' HEAD data/sub") == "1 data/sub/b \x01.csv\0"
        "5 data/sub/deep/a.csv\0"
    )
    assert [item["size"] for item in json.loads(repo.git("data ls --json HEAD -- data/c"))] == [2]

    hub = shell.cd("hub.git")
    hub.git(f"config gitdata-remote.origin.url {shell.cwd / 'bucket'}")
    listed = hub.git("data ls --long main data/c")
    assert listed.split()[1:] == ["2", "file", "remote" if limit > 1 else listed.split()[3], "data/c"]
    offline = hub.run("git-data ls --offline main", code=30 if limit == 1 else 0)
    assert ("--offline" in offline.err) == (limit == 1)
    for words, code, said in (
        ("ls nope", 26, "nope is not tracked data"),
        ("ls HEAD nope", 26, "nope is not tracked data"),
        ("ls --format %(nope) HEAD", 2, "knows no %(nope)"),
        ("ls --format %q HEAD", 2, "a % that means nothing"),
    ):
        done = repo.run(f"git-data {words}", code=code)
        assert said in done.err and done.err.count("\n") == 1
    assert "no work tree to list" in hub.run("git-data ls", code=128).err
    assert subprocess.run(["ls", str(hub.cwd / "gitdata")], capture_output=True, check=False).returncode
