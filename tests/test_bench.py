"""The benchmark at a tiny size: every row is there, the figures are sane, and a wrong result is noticed."""

import json
import subprocess
import sys
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
STEPS = {"commit", "status", "push", "second commit", "second push", "checkout", "clone"}


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The benchmark is not installed: it lies beside the tests."""
    monkeypatch.syspath_prepend(TOP)


def bench(tmp_path: Path, *arguments: str) -> dict:
    """What `python -m bench` writes as JSON."""
    file = tmp_path / "figures.json"
    command = [sys.executable, "-m", "bench", "--tools", "git-data", "--json", str(file), "--scratch", str(tmp_path)]
    done = subprocess.run([*command, *arguments], cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "git-data s" in done.stdout and "git-data / cp -r" in done.stdout
    return json.loads(file.read_text())


@pytest.mark.parametrize(("remote", "workload"), [("directory", "W4"), ("delayed", "W4"), ("counted", "W1")])
def test_every_step_is_there_and_sane(tmp_path: Path, remote: str, workload: str) -> None:
    found = bench(tmp_path, "--scale", "0.001", "--workloads", workload, "--remotes", remote)
    rows = {(row["tool"], row["step"]): row["median"] for row in found["rows"]}
    scattered = {"scattered commit", "scattered push"} if workload == "W1" else set()
    assert {step for tool, step in rows if tool == "git-data"} == STEPS | scattered
    assert {step for tool, step in rows if tool == "cp -r"} == {"commit", "clone"}
    for figures in rows.values():
        assert 0 < figures["wall_s"] < 60
        assert 0 <= figures["cpu_s"] < 60
        assert 1 << 20 < figures["peak_bytes"] < 300 << 20
    stored = {row["step"]: row["median"] for row in found["stored"]}
    assert stored["second push"]["remote_bytes"] > stored["push"]["remote_bytes"] > 300_000
    if remote == "directory":
        assert "requests" not in rows["git-data", "push"]
        return
    push, second, clone = (rows["git-data", step] for step in ("push", "second push", "clone"))
    assert 3 <= push["requests"] < 50 and 3 <= clone["requests"] < 50
    assert rows["git-data", "commit"]["requests"] == 0
    # What was sent is what lies there, with the heads of the requests on top.
    assert 0 < push["up_bytes"] - stored["push"]["remote_bytes"] < 1500 * push["requests"]
    assert clone["down_bytes"] > push["up_bytes"] / 3 > clone["up_bytes"]
    if workload == "W1":
        assert second["up_bytes"] < push["up_bytes"] / 2
    if remote == "delayed":
        assert push["wall_s"] > 0.03 * 3


def test_the_doors_and_status_are_timed(tmp_path: Path, importable: None) -> None:
    from bench.programs import environment
    from bench.starting import many, starting

    sealed = environment(tmp_path / "home")
    rows = {row["name"]: row["ms"] for row in starting(tmp_path, sealed, 1) + many(tmp_path, sealed, (300,), 1)}
    assert "filter, nothing to do" in rows and "git status, 300 data files, one just changed" in rows
    assert all(0 < value < 60_000 for value in rows.values())


def test_looks_are_timed_beside_plain_git_and_leave_no_content(tmp_path: Path, importable: None) -> None:
    from bench.looking import looking
    from bench.programs import environment
    from bench.report import tables

    cases = looking(tmp_path, environment(tmp_path / "home"), 0.0005, ["git-data"], runs=1)
    rows = [row for case in cases for row in case]
    timed = {(row["name"], row["tool"]): row["ms"] for row in rows if "ms" in row}
    ours, plain = ({name for name, tool in timed if tool == which} for which in ("git-data", "git"))
    assert ours == plain and {f"a checkpoint of 100 kB rewritten, time {time}" for time in range(1, 6)} < ours
    assert all(0 < value < 60_000 for value in timed.values())
    left = {(row["name"], row["tool"]): row["stored_bytes"] for row in rows if "stored_bytes" in row}
    assert len(left) == 10 and set(left.values()) == {0}
    shown = tables({"rows": [], "stored": [], "starting": [], "looking": rows})
    assert [len(table.rows) for table in shown] == [1 + len(ours), 1 + 5]


def test_steps_that_were_not_asked_for_are_left_out(tmp_path: Path) -> None:
    found = bench(
        tmp_path, "--scale", "0.001", "--workloads", "W4", "--remotes", "directory", "--steps", "push", "--runs", "2"
    )
    assert {row["step"] for row in found["rows"]} == {"push"}
    assert all(len(row["runs"]) == 2 for row in found["rows"])


def test_data_is_the_same_every_time(tmp_path: Path, importable: None) -> None:
    from bench.workloads import NAMES, workload

    for name in NAMES:
        work = workload(name, 0.0005)
        for copy in ("one", "two"):
            (tmp_path / name / copy).mkdir(parents=True)
            for make in (work.make, work.change):
                make(tmp_path / name / copy)
        compared = subprocess.run(["diff", "-r", "one", "two"], cwd=tmp_path / name, capture_output=True, check=False)
        assert compared.returncode == 0
        first = tmp_path / name / "first"
        first.mkdir()
        work.make(first)
        assert subprocess.run(["diff", "-rq", first, tmp_path / name / "one"], capture_output=True).returncode == 1


def test_a_wrong_result_is_noticed(tmp_path: Path, importable: None) -> None:
    from bench.measure import Failed, measure, same

    for name in ("one", "two"):
        (tmp_path / name / "data").mkdir(parents=True)
        (tmp_path / name / "data" / "file").write_text("x")
    same(tmp_path / "one", tmp_path / "two", ("data",))
    (tmp_path / "two" / "data" / "file").write_text("y")
    with pytest.raises(Failed, match="data/file"):
        same(tmp_path / "one", tmp_path / "two", ("data",))
    with pytest.raises(Failed, match="exit 3: oh no"):
        measure("echo oh no; exit 3", tmp_path, {"PATH": "/usr/bin:/bin"})


class Chatty(BaseHTTPRequestHandler):
    """Answers with what it got, in chunks when asked."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        if self.path == "/chunks":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for start in range(0, len(body), 100_000):
                part = body[start : start + 100_000]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass


def test_the_proxy_passes_everything_on_and_counts_it() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Chatty)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    command = [sys.executable, "-m", "bench.proxy", "--to", str(server.server_port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=TOP) as proxy:
        assert proxy.stdin is not None and proxy.stdout is not None
        connection = HTTPConnection("127.0.0.1", int(proxy.stdout.readline()), timeout=30)
        body = bytes(range(256)) * 20_000
        for path in ("/plain", "/chunks", "/plain"):
            connection.request("PUT", path, body=body)
            assert connection.getresponse().read() == body
        connection.request("PUT", "/plain", body=b"late", headers={"Expect": "100-continue"})
        assert connection.getresponse().read() == b"late"
        connection.close()
        print(file=proxy.stdin, flush=True)
        counts = json.loads(proxy.stdout.readline())
        proxy.stdin.close()
    server.shutdown()
    server.server_close()
    assert counts["requests"] == 4
    assert 0 < counts["up_bytes"] - 3 * len(body) < 2000
    assert 0 < counts["down_bytes"] - 3 * len(body) < 3000
