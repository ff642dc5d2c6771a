"""What must survive a crash is done in two modules, by flushing and renaming; no other does so by itself."""

import ast
from pathlib import Path

import gitdata

TOP = Path(gitdata.__file__).parent
# What gives bytes a name, or says that they are on the disk.
STEPS = {"fsync", "fdatasync", "sync", "rename", "renames", "replace", "link", "symlink", "truncate", "ftruncate"}
BY_PATH = {"hardlink_to", "symlink_to", "write_bytes", "write_text"}
MOVING = {"move", "copy", "copy2", "copyfile", "copytree"}
ELSEWHERE = {
    "durable.py": {"fsync", "rename", "replace"},
    "durable_at.py": {"link", "rename"},
    "git/content_merge.py": {"write_text"},  # a repository for the moment
    "git/line_origins.py": {"write_text"},  # the same
    "locking.py": {"link"},  # a lock is no data: it is gone when its process is
    "memory_maps.py": {"fdatasync"},  # of files that other programs write
    "ops/merging/merge_tool.py": {"copy2"},  # for a tool, into a folder for the moment
    "worktree/places.py": {"symlink", "ftruncate"},  # under a temporary name, to which `durable` gives its own
}


def steps_of(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.Attribute):
            continue
        module = node.value.id if isinstance(node.value, ast.Name) else ""
        if (
            (module == "os" and node.attr in STEPS)
            or node.attr in BY_PATH
            or (module == "shutil" and node.attr in MOVING)
        ):
            found.add(node.attr)
    return found


def test_no_other_module_flushes_renames_or_links() -> None:
    found = {str(file.relative_to(TOP)): steps for file in TOP.rglob("*.py") if (steps := steps_of(file))}
    assert found.keys() == ELSEWHERE.keys()
    assert all(steps <= ELSEWHERE[name] for name, steps in found.items()), found
