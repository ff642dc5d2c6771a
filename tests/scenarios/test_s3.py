"""The daily work once more, on real S3 servers."""

import pytest
from servers import Server
from shell import Shell, project

pytestmark = pytest.mark.any_git


def test_push_and_clone_over_s3(shell: Shell, s3_server: Server) -> None:
    bucket = s3_server.make_bucket()
    repo = project(shell)
    repo.git(f"data remote set-url origin s3://{bucket}/some/path --endpoint {s3_server.endpoint}")
    assert "NO" not in repo.git("data remote check")
    repo.write("data/a.csv", "".join(f"{n},{n * n}\n" for n in range(50_000)))
    repo.write("models/m.bin", bytes(range(256)) * 4000)
    repo.git("data track data models")
    repo.git("commit -qm first")
    repo.git("tag v1")
    v1 = repo.copy("v1", "data", "models")
    repo.write("data/a.csv", repo.read("data/a.csv") + b"end\n")
    repo.git("commit -qam second")
    v2 = repo.copy("v2", "data", "models")
    repo.git("push -q origin main v1")
    assert len(s3_server.keys(bucket)) < 10

    shell.git("clone -q hub.git clone")
    there = shell.cd("clone")
    there.run("git data init", code=18)
    there.git("data trust")
    there.git("data pull")
    there.same(v2, "data", "models")
    there.git("checkout -q v1")
    there.same(v1, "data", "models")
    assert there.clean
