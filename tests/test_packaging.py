"""What surrounds the code: the image, compose, the locks, and that the documents tell the truth."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.ru.md")
DOCUMENTS = (*READMES, "docs/deployment.md", "docs/deployment.ru.md")
LOCKS = ("requirements.lock", "tests/requirements.lock")
TOP_LEVEL = {
    *("bot", "webapp", "core", "alembic", "alembic.ini", "tests", "docs"),
    *("pyproject.toml", "requirements.lock", "Makefile", "Dockerfile", "docker-compose.yml"),
    *("README.md", "README.ru.md", "LICENSE", "CHANGELOG.md"),
}
LARGEST_PICTURE = 120 * 1024
NAMES = frozenset(name.upper() for name in Settings.model_fields)


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    """The files of the repository, those about to be added among them."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]


# The image


def instructions(name: str) -> list[str]:
    """The arguments of every instruction of this name in the Dockerfile, in order."""
    joined = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", read("Dockerfile"), flags=re.MULTILINE))
    return re.findall(rf"^{name}\s+(.+)$", joined, flags=re.MULTILINE)


def copied() -> list[str]:
    """What the image takes from the repository."""
    own = [shlex.split(line) for line in instructions("COPY") if "--from=" not in line]
    return [source for *sources, _ in own for source in sources]


def test_the_image_copies_only_what_exists_and_reaches_the_builder() -> None:
    admitted = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    assert "*" in read(".dockerignore").splitlines(), "all but what is named stays outside"
    assert all((ROOT / source).exists() for source in copied())
    assert set(copied()) == admitted


def test_the_image_has_every_package_of_the_application() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages | {"alembic", "alembic.ini"} <= set(copied())


def test_the_image_runs_okno_as_nobody_special() -> None:
    user, group = instructions("USER")[-1].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert instructions("ENTRYPOINT") == ['["python", "-m", "bot"]']
    assert instructions("CMD") == ['["run"]']


def test_the_image_installs_what_is_locked_on_a_python_that_is_supported() -> None:
    supported = tomllib.loads(read("pyproject.toml"))["project"]["requires-python"]
    bases = [line.split()[0] for line in instructions("FROM")]
    assert bases == ["python:3.13-slim"] * 2
    assert supported == ">=3.11,<3.14"
    assert any("--require-hashes -r requirements.lock" in line for line in instructions("RUN"))


def test_the_image_says_where_it_lives() -> None:
    environment = dict(pair.split("=", 1) for line in instructions("ENV") for pair in shlex.split(line))
    assert environment["OKNO_DATA"] == "/data" == instructions("VOLUME")[0]
    assert environment["PYTHONUNBUFFERED"] == "1"
    assert environment["LOG_FORMAT"] == "json"
    assert {name for name in environment if name != "PATH" and not name.startswith("PYTHON")} <= NAMES
    assert instructions("EXPOSE") == [str(Settings.model_fields["port"].default)]


def test_the_image_knows_whether_it_is_well() -> None:
    (probe,) = instructions("HEALTHCHECK")
    command = probe.split("CMD", 1)[1].strip()
    program, flag, source = json.loads(command)
    assert (program, flag) == ("python", "-c")
    compile(source, "HEALTHCHECK", "exec")
    assert "/health" in source


# Compose


@pytest.fixture(scope="module")
def compose() -> Any:
    yaml = pytest.importorskip("yaml", reason="reading docker-compose.yml needs PyYAML")
    return yaml.safe_load(read("docker-compose.yml"))


def test_compose_starts_okno_when_what_it_needs_is_well(compose: Any) -> None:
    services = compose["services"]
    assert set(services) == {"okno", "postgres", "redis"}
    assert services["okno"]["build"] == "."
    assert services["okno"]["depends_on"] == {
        "postgres": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
    }
    for service in services.values():
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] == "CMD"
    compile(services["okno"]["healthcheck"]["test"][3], "healthcheck", "exec")


def test_compose_pins_the_major_versions(compose: Any) -> None:
    images = {name: service["image"] for name, service in compose["services"].items() if "build" not in service}
    assert images == {"postgres": "postgres:16", "redis": "redis:7"}


def test_compose_keeps_what_matters_on_volumes(compose: Any) -> None:
    mounted = {
        volume.split(":")[0] for service in compose["services"].values() for volume in service.get("volumes", [])
    }
    assert mounted == set(compose["volumes"]) == {"okno", "postgres"}


def test_compose_configures_okno_by_its_own_settings(compose: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    okno, postgres = compose["services"]["okno"], compose["services"]["postgres"]
    assert okno["env_file"] == ".env"
    assert set(okno["environment"]) <= NAMES
    given = {name: filled(value) for name, value in okno["environment"].items()}
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = Settings(_env_file=None)
    login = filled(postgres["environment"]["POSTGRES_PASSWORD"])
    assert settings.external_database == f"postgresql+asyncpg://okno:{login}@postgres:5432/okno"
    assert okno["ports"] == [f"127.0.0.1:${{PORT:-9000}}:{settings.port}"]
    assert f"127.0.0.1:{settings.port}/" in okno["healthcheck"]["test"][3]


def filled(value: str) -> str:
    """The value with every variable filled in with something long enough."""
    return re.sub(r"\$\{[^}]*\}", "filled-in-by-the-operator-0123456789", value)


def test_compose_asks_only_for_what_the_example_offers() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", read("docker-compose.yml")))
    required = set(re.findall(r"\$\{([A-Z_]+):\?", read("docker-compose.yml")))
    assert asked <= set(example())
    assert required == {name for name, (value, active) in example().items() if active and not value}


# Settings in the documents


def example() -> dict[str, tuple[str, bool]]:
    """The settings of .env.example: the value shown, and whether the line is active."""
    lines = re.findall(r"^(# )?([A-Z][A-Z_]*)=(.*)$", read(".env.example"), flags=re.MULTILINE)
    return {name: (value, not comment) for comment, name, value in lines}


def defaults() -> dict[str, str]:
    """The defaults that can be written down: those that are the same on every machine."""
    return {
        name.upper(): str(field.default)
        for name, field in Settings.model_fields.items()
        if field.default_factory is None and field.default is not None
    }


def test_the_example_has_every_setting_and_nothing_else() -> None:
    assert set(example()) == NAMES
    for name, default in defaults().items():
        assert example()[name] == (default, False)


def test_the_example_is_read_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    assert Settings(_env_file=ROOT / ".env.example") == Settings(_env_file=None)


@pytest.mark.parametrize("document", READMES)
def test_the_readme_explains_every_setting(document: str) -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \| [^|]+ \|$", read(document), flags=re.MULTILINE))
    assert set(rows) == NAMES
    for name, default in defaults().items():
        assert rows[name].strip() == f"`{default}`"


# The documents themselves


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_of_the_documents_exists(document: str) -> None:
    mentioned = set(re.findall(r"(?:^|`)make ([a-z]+)", read(document), flags=re.MULTILINE))
    assert mentioned
    assert mentioned <= targets()


@pytest.mark.parametrize("document", READMES)
def test_the_readme_names_every_command(document: str) -> None:
    assert {f"`make {target}`" for target in targets() - {"help"}} <= set(re.findall(r"`make [a-z]+`", read(document)))


def targets() -> set[str]:
    """What the Makefile says that it makes; all of it is explained there."""
    phony = re.search(r"^\.PHONY: (.*)$", read("Makefile"), flags=re.MULTILINE)
    assert phony is not None
    explained = set(re.findall(r"^([a-z]+):.*## \S", read("Makefile"), flags=re.MULTILINE))
    assert explained == set(phony[1].split())
    return explained


@pytest.mark.parametrize("document", (*DOCUMENTS, "CHANGELOG.md"))
def test_every_link_inside_the_repository_leads_somewhere(document: str) -> None:
    folder = (ROOT / document).parent
    for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", read(document)):
        assert (folder / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_of_the_documents_exists(document: str) -> None:
    """Paths in code marks, except where the text tells to make a file."""
    for path in re.findall(r"`((?:bot|core|webapp|tests|docs|alembic|\.ci)/[\w./-]*)`", read(document)):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize(("english", "russian"), [READMES, ("docs/deployment.md", "docs/deployment.ru.md")])
def test_both_languages_say_the_same(english: str, russian: str) -> None:
    assert skeleton(english) == skeleton(russian)


def skeleton(document: str) -> list[str]:
    """Headings by their depth, code blocks, pictures and rows of tables, in order."""
    marks = re.findall(r"^(#+ |```\w*|\| `[^`]*` \||\d+\. |- \*\*)", read(document), flags=re.MULTILINE)
    return [*marks, *re.findall(r"docs/pictures/[\w-]+\.png", read(document))]


def test_pictures_are_used_and_small() -> None:
    pictures = {path.name: path.stat().st_size for path in (ROOT / "docs" / "pictures").iterdir()}
    assert pictures.keys() == set(re.findall(r"docs/pictures/([\w-]+\.png)", read("README.md")))
    assert max(pictures.values()) < LARGEST_PICTURE


def test_the_changelog_has_a_place_for_what_comes() -> None:
    assert re.search(r"^## \[Unreleased\]$", read("CHANGELOG.md"), flags=re.MULTILINE)
    assert tomllib.loads(read("pyproject.toml"))["project"]["version"] in read("CHANGELOG.md")


# What lies in the repository


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_requirement_has_hashes(lock: str) -> None:
    pinned = list(requirements(lock))
    assert pinned
    for name, body in pinned:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", body), name
    assert not re.search(r"^\s*(--(extra-)?index-url|--find-links|-i |-f )|https?://| @ ", read(lock), re.MULTILINE)


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    runtime, tests = ({name for name, _ in requirements(lock)} for lock in LOCKS)
    assert {distribution(line) for line in project["dependencies"]} <= runtime
    assert {distribution(line) for line in project["optional-dependencies"]["dev"]} <= tests
    assert runtime <= tests


def test_the_same_version_runs_and_is_tested() -> None:
    runtime, tests = (dict(re.findall(r"^([\w.-]+)==(\S+)", read(lock), flags=re.MULTILINE)) for lock in LOCKS)
    assert {name: tests.get(name) for name in runtime} == runtime


def requirements(lock: str) -> Iterator[tuple[str, str]]:
    """Each requirement of a lock: its name, and its lines."""
    for entry in re.split(r"\n(?=[\w])", read(lock)):
        if match := re.match(r"([\w.-]+)(\[[\w,]+\])?==", entry):
            yield match[1].lower(), entry
        else:
            assert entry.startswith("#"), f"neither pinned nor a comment: {entry[:80]}"


def distribution(requirement: str) -> str:
    """`Some_Thing[extra]>=1` → `some-thing`."""
    match = re.match(r"[\w.-]+", requirement)
    assert match is not None
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def test_no_file_names_a_package_index(tracked: list[str]) -> None:
    index = re.compile(
        rb"(?:https?|file):/{2,3}[^\s\"'`]*(?:/simple\b|pypi|pythonhosted|npmjs|/wheels?\b)|\b(?:extra[-_])?index[-_]url\s*=",
        re.IGNORECASE,
    )
    assert [name for name in tracked if index.search((ROOT / name).read_bytes())] == []


def test_the_top_level_has_only_its_known_names(tracked: list[str]) -> None:
    names = {name.split("/")[0] for name in tracked}
    assert {name for name in names if not name.startswith(".")} == TOP_LEVEL


def test_no_secret_lies_beside_the_example(tracked: list[str]) -> None:
    assert [name for name in tracked if re.search(r"(^|/)\.env", name)] == [".env.example"]


def test_the_checks_can_be_run_by_anybody() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert "set -euo pipefail" in script.read_text()
