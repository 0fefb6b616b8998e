"""Yiju as somebody else has it: the wheel, installed into an environment of its own, far from the checkout.

What it depends on is taken from the environment that runs the tests, since to install all of that anew takes minutes;
our own packages are not: a path that a `.pth` file names is searched for modules, but its own `.pth` files, by which an
editable install leads back to the checkout, are not read.
"""

import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import platformdirs

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel in it, and an empty folder to stand in."""

    folder: Path
    wheel: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def run(self, command: str, *arguments: str | Path, cwd: Path, **environment: str) -> str:
        """Run a program of the environment where nothing of the checkout is; return what it prints."""
        ran = subprocess.run(
            [self.folder / "bin" / command, *map(str, arguments)],
            cwd=cwd,
            env=self.environment(cwd) | environment,
            capture_output=True,
            text=True,
            timeout=250,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def environment(self, home: Path) -> dict[str, str]:
        """Return the variables of a person whose home this is: no setting, but the model files of this machine."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("YIJU_", "PYTHON"))}
        return clean | {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CACHE_HOME": str(platformdirs.user_cache_path()),
        }


def build(folder: Path, root: Path = ROOT, kind: str = "wheel") -> Path:
    """Build the wheel (or the sdist) of a checkout into a folder, with no network."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(folder)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    (built,) = folder.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built


def install(wheel: Path, folder: Path) -> Installed:
    """Install a wheel into a new environment that sees what the tests' environment has."""
    venv.create(folder, with_pip=False, symlinks=True)
    installed = Installed(folder, wheel)
    pip = [sys.executable, "-m", "pip", "--python", str(installed.python), "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--no-index", str(wheel)], check=True, capture_output=True)
    places = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "zz_dependencies.pth").write_text("\n".join(sorted(places)), encoding="utf-8")
    return installed
