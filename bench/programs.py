"""The programs that are compared: where they are, which versions, and a sealed environment to run them in."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from bench import s3
from bench.measure import Failed

_DVC = "dvc[s3]>=3,<4"


def dvc(*, install: bool) -> Path | None:
    """The folder of DVC's programs in an environment of its own, made on the first use when `install` says so."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "git-data" / "bench" / "dvc"
    programs = folder / "bin"
    if not (programs / "dvc").exists():
        if not install:
            return None
        print(f"installing {_DVC} into {folder} (once)", file=sys.stderr)
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
            subprocess.run([str(programs / "python"), "-m", "pip", "install", "--quiet", _DVC], check=True)
        except subprocess.CalledProcessError as error:
            raise Failed(f"DVC could not be installed into {folder}; leave it out with --tools git-data") from error
    return programs


def environment(home: Path, programs: Path | None = None) -> dict[str, str]:
    """A sealed environment: a HOME of its own, our programs and `programs` first on the PATH, keys of the S3 server."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "gitconfig").write_text(
        "[init]\n\tdefaultBranch = main\n[user]\n\tname = bench\n\temail = bench@example.com\n"
        '[protocol "file"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n[gc]\n\tautoDetach = false\n'
    )
    first = [str(path) for path in (Path(sys.executable).parent, programs) if path is not None]
    return {
        "HOME": str(home),
        "PATH": os.pathsep.join([*first, os.environ["PATH"]]),
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(home / "dvc-cache"),
        "RESTIC_PASSWORD": "bench",
        "RESTIC_CACHE_DIR": str(home / "restic-cache"),
        "AWS_ACCESS_KEY_ID": s3.KEY,
        "AWS_SECRET_ACCESS_KEY": s3.SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",  # rclone does not know the newer checksums
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        "LC_ALL": "C.UTF-8",
    }


def machine(tools: list[str], environment: dict[str, str]) -> dict[str, object]:
    """What the figures were measured on and with."""
    asks = {"git": "git --version", "git-data": "git-data version", "dvc": "dvc --version",
            "git-lfs": "git lfs version", "restic": "restic version", "rclone": "rclone version"}  # fmt: skip
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load before": round(os.getloadavg()[0], 2),
        "versions": {
            name: _first_line(command, environment)
            for name, command in asks.items()
            if name in ("git", "rclone", *tools)
        },
    }


def installed(name: str) -> bool:
    """Whether a program is on the PATH."""
    return shutil.which(name) is not None


def _first_line(command: str, environment: dict[str, str]) -> str:
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=False)
    return (done.stdout.splitlines() or ["?"])[0]
