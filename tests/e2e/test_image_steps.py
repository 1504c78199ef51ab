"""What deploy/Dockerfile does, without a container engine: the same files, the same command."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

pytestmark = pytest.mark.campaign

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
_SECONDS = 300


def _instructions(name: str) -> list[str]:
    return re.findall(rf"^{name}\s+(.+)$", DOCKERFILE, re.MULTILINE)


def test_the_files_that_are_copied_make_the_program(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "opt"
    source.mkdir()
    for words in (line.split() for line in _instructions("COPY") if "--from" not in line):
        for name in words[:-1]:
            if name.endswith("/"):
                shutil.copytree(ROOT / name, source / words[-1])
            else:
                shutil.copy(ROOT / name, source / words[-1])
    (sync,) = [line for line in _instructions("RUN") if line.startswith("uv sync")]
    command = sync.replace("/usr/local/bin/python3", sys.executable)
    uv = str(Path(sys.executable).with_name("uv"))
    done = subprocess.run(
        [uv, *shlex.split(command)[1:]],
        cwd=source,
        env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(target)},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    # The stage that is shipped has the environment alone.
    shutil.rmtree(source)
    told = subprocess.run(
        [str(target / "bin" / "crmbridge"), "rules", "check"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )

    assert 0 == told.returncode, told.stdout + told.stderr
    assert [] == [path.name for path in (target / "bin").glob("pytest*")]


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_health_check_tells_a_living_process_from_another(status: int, code: int) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    (health,) = _instructions("HEALTHCHECK")
    _, interpreter_option, program = re.findall(r'"([^"]+)"', health)
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        asked = program.replace(":8321/", f":{server.server_port}/")
        assert asked != program
        done = subprocess.run(
            [sys.executable, interpreter_option, asked],
            capture_output=True,
            timeout=30,
            check=False,
        )

    assert code == done.returncode
