"""`git data log` and `git data blame` against Git: the same history of files, once as data and once in Git itself."""

import os
import random
import subprocess
from dataclasses import dataclass, field

import pytest
from shell import Shell

from gitdata import workspace
from gitdata.formats import pointer
from gitdata.formats.tree import Entry, build
from gitdata.git.commit_facts import facts
from gitdata.ops.history.blame import How, blame_lines, look
from gitdata.ops.history.compared import Compared
from gitdata.ops.history.inside import Inside
from gitdata.ops.history.last_touched import last_touched
from gitdata.ops.history.log import Wanted, log
from gitdata.ops.versions.finding import paths_of
from gitdata.ops.versions.source import Source

SEED = os.environ.get("GITDATA_TEST_SEED", "2")
Files = dict[str, bytes]
ROOTS = ("data", "more")
PATHSPECS = (
    ("*/a.csv",), (":(glob)data/*",), (":(glob)**/a.csv", ":!more"), ("data", ":!data/sub"), (":!data", ":!more/x"),
    ("da*/b?c.csv", ":(icase)MORE/X"), ("data/sub/*.csv",), ("d*",), (":(glob)*",),
)  # fmt: skip
NAMES = ("data/a.csv", "data/b c.csv", "data/sub/a.csv", "data/sub/ä.csv", "more/a.csv", "more/x/y/z.csv")


@dataclass
class Made:
    """A commit of both repositories."""

    files: Files
    parents: list[int]
    subject: str
    time: int


@dataclass
class Life:
    """A history that is made up."""

    random: random.Random
    commits: list[Made] = field(default_factory=list)
    lines: int = 0

    def grow(self, count: int, *, merges: bool, renames: bool) -> None:
        for number in range(count):
            tips = [number - 1 - back for back in range(min(number, 4))] if merges else [number - 1]
            parents = [self.random.choice(tips)] if number else []
            if merges and number > 2 and self.random.random() < 0.35:
                other = self.random.choice(tips)
                parents += [other] if other not in parents else []
            if len(parents) == 2:
                files = self.merged(*(self.commits[parent].files for parent in parents))
            else:
                files = self.edited(self.commits[parents[0]].files if parents else {}, renames=renames)
            self.commits.append(Made(files, parents, f"commit {number}", 1_700_000_000 + 60 * number))
        self.commits.append(Made(*self.last()))

    def last(self) -> tuple[Files, list[int], str, int]:
        """One that has every file that is left, so that there is something to ask for."""
        number = len(self.commits)
        return self.edited(self.commits[-1].files, renames=False), [number - 1], "last", 1_800_000_000

    def edited(self, files: Files, *, renames: bool) -> Files:
        files = dict(files)
        if renames and files and self.random.random() < 0.4:
            free = [name for name in NAMES if name not in files]
            if free:
                files[self.random.choice(free)] = files.pop(self.random.choice(sorted(files)))
            return files
        for name in self.random.sample(NAMES, self.random.choice((0, 1, 1, 2))):
            if name in files and self.random.random() < 0.15:
                del files[name]
            else:
                files[name] = self.content(name, files.get(name, b""))
        return files

    def content(self, name: str, before: bytes) -> bytes:
        """Some lines are edited, added or taken away; no two files have a line in common."""
        lines = before.splitlines() or [self.line(name) for _ in range(6)]
        for _edit in range(self.random.choice((1, 2))):
            place = self.random.randrange(len(lines))
            lines[place : place + self.random.choice((0, 1, 1, 2))] = [
                self.line(name) for _ in range(self.random.choice((1, 1, 2)))
            ]
        return b"\n".join(lines) + b"\n"

    def line(self, name: str) -> bytes:
        self.lines += 1
        return f"{name} {self.lines} {self.random.random()}".encode()

    def merged(self, one: Files, other: Files) -> Files:
        files: Files = {}
        for name in sorted(one.keys() | other.keys()):
            content = self.random.choice((one.get(name), other.get(name)))
            if content is not None:
                files[name] = self.content(name, content) if self.random.random() < 0.1 else content
        return files


def imported(repo: Shell, life: Life, trees: list[dict[str, bytes]]) -> None:
    """Make the commits, each with these files of Git."""
    stream = []
    for number, (made, files) in enumerate(zip(life.commits, trees, strict=True), 1):
        stream.append(b"commit refs/heads/main\nmark :%d\n" % number)
        stream.append(b"committer Ada <ada@example.com> %d +0000\n" % made.time)
        stream.append(b"data %d\n%s\n" % (len(made.subject), made.subject.encode()))
        stream += [
            b"%s :%d\n" % (word, parent + 1) for word, parent in zip((b"from", b"merge"), made.parents, strict=False)
        ]
        stream.append(b"deleteall\n")
        stream += [
            b'M 100644 inline "%s"\ndata %d\n%s\n' % (name.encode(), len(content), content)
            for name, content in files.items()
        ]
    subprocess.run(["git", "fast-import", "--quiet"], cwd=repo.cwd, input=b"".join(stream), check=True)


def twins(shell: Shell, life: Life, limit: int) -> tuple[Shell, Shell]:
    """A repository with pointers, and one with the files themselves."""
    for name in ("data-repo", "plain"):
        shell.git(f"init -q {name}")
    repo, plain = shell.cd("data-repo"), shell.cd("plain")
    repo.git("data init")
    pointers = []
    with workspace.here(repo.cwd).open_store() as store, store.ingest() as ingest:
        for made in life.commits:
            texts = {}
            for root in ROOTS:
                inside = {
                    name[len(root) + 1 :]: text for name, text in made.files.items() if name.startswith(root + "/")
                }
                listing = {name.encode(): Entry("file", len(text), ingest.add(text)) for name, text in inside.items()}
                if listing:
                    form = pointer.choose_form(len(listing), None, limit)
                    for tree in build(listing).trees.values() if form == "tree" else ():
                        ingest.add(tree)
                    texts[f"{root}.gitdata"] = pointer.encode(listing, form)
            pointers.append(texts)
    imported(repo, life, pointers)
    imported(plain, life, [made.files for made in life.commits])
    return repo, plain


def subjects(plain: Shell, *words: str) -> list[str]:
    done = subprocess.run(
        ["git", "log", "--format=%s", *words], cwd=plain.cwd, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def blamed(plain: Shell, path: str, *words: str) -> list[tuple[str, str, int]]:
    """For each line the subject of its commit, the path there and its number there."""
    done = subprocess.run(
        ["git", "-c", "core.quotepath=false", "blame", "--line-porcelain", *words, "main", "--", path],
        cwd=plain.cwd, capture_output=True, check=True,
    )  # fmt: skip
    found, subject, name, there = [], "", "", 0
    for line in done.stdout.decode().splitlines():
        if line.startswith("\t"):
            found.append((subject, name, there))
            there = 0
        elif not there:
            there = int(line.split()[1])
        elif line.startswith("summary "):
            subject = line[8:]
        elif line.startswith("filename "):
            name = line[9:]
    return found


@pytest.mark.parametrize("limit", [4096, 1])  # listings, and trees among them
@pytest.mark.parametrize("merges", [True, False])
def test_the_same_commits_lines_and_files(
    shell: Shell, limit: int, merges: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = Life(random.Random(SEED))
    life.grow(24, merges=merges, renames=not merges)
    repo, plain = twins(shell, life, limit)
    names = [name for name in NAMES if name in life.commits[-1].files]
    assert names
    place = workspace.here(repo.cwd)
    monkeypatch.chdir(repo.cwd)
    with place.open_store() as store, Inside(place.git, source := Source(place, store, True)) as inside:

        def logged(*paths: str, **choice: object) -> list[str]:
            wanted = Wanted(("main",), paths_of(place, paths), **choice)  # type: ignore[arg-type]
            return [one.facts.subject for one in log(place, source, inside, wanted).commits]

        for paths in [*([name] for name in NAMES), ["data"], ["data/sub"], ["more/x"], ["data/a.csv", "more"], []]:
            expected = subjects(plain, "main", "--", *(paths or ROOTS))
            if expected and all(subjects(plain, "-1", "main", "--", path) for path in paths):
                assert logged(*paths, follow=False) == expected, paths
                assert logged(*paths, follow=False, most=2, reverse=True) == expected[:2][::-1]
        for words in PATHSPECS:
            assert logged(*words) == subjects(plain, "main", "--", *words), words
        for name in names:
            if not merges:  # with merges, Git's own --follow may take the name of one branch for that of another
                assert logged(name) == subjects(plain, "--follow", "-M100%", "main", "--", name), name
            else:
                assert logged(name, first_parent=True) == subjects(plain, "--first-parent", "main", "--", name)
            for past in ("", "[135]$"):
                how = How(ignored=subjects(repo, "main", "--format=%H", f"--grep={past}") if past else ())
                found = blame_lines(place, source, inside, look(place, inside, "main", (name.encode(),)), how)
                oids = [line.commit or "" for line in found.lines]
                said = {one.commit: one.subject for one in facts(place.git, oids)}
                lines = [(said[line.commit or ""], line.path.decode(), line.there) for line in found.lines]
                ignoring = subjects(plain, "main", "--format=--ignore-rev=%H", f"--grep={past}") if past else []
                assert lines == blamed(plain, name, *ignoring), name
            assert b"".join(line.text + b"\n" for line in found.lines) == life.commits[-1].files[name]
        for folder in ("data", "more", "data/sub"):
            if any(name.startswith(folder + "/") for name in names):
                found_files = list(
                    last_touched(Compared(place, source, inside), look(place, inside, "main", (folder.encode(),)))
                )
                said = {one.commit: one.subject for one in facts(place.git, [one.commit or "" for one in found_files])}
                assert {one.file.path.decode(): said[one.commit or ""] for one in found_files} == {
                    name: subjects(plain, "-1", "main", "--", name)[0]
                    for name in names
                    if name.startswith(folder + "/")
                }
