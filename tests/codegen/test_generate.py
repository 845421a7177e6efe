"""`conformance generate`: its output, and whether the committed packages are up to date."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import cli
from conformance.codegen import naming
from conformance.codegen.plan import plan_package
from conformance.codegen.render import render_package
from conformance.contract import loader
from conformance.errors import UsageError

from .emitted import load

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("name", ["losant", "push-express"])
def test_committed_clients_are_up_to_date(name: str) -> None:
    """The packages under generated/ equal the current output of the generator."""
    result = CliRunner().invoke(
        cli, ["generate", name, "--output", str(ROOT / "generated" / name), "--check"]
    )
    assert result.exit_code == 0, result.output


def test_check_shows_stale_files(tmp_path: Path) -> None:
    """--check writes nothing, shows a diff and exits with 1. Another run removes files that are no
    longer emitted.
    """
    folder = tmp_path / "out"
    assert (
        CliRunner()
        .invoke(cli, ["generate", "push-express", "--output", str(folder), "--check"])
        .exit_code
        == 1
    )
    assert not folder.exists()
    assert (
        CliRunner().invoke(cli, ["generate", "push-express", "--output", str(folder)]).exit_code
        == 0
    )
    models = folder / "push_express_client" / "models.py"
    models.write_text(models.read_text("utf-8").replace("all_apps", "some_apps"), "utf-8")
    (folder / "push_express_client" / "old.py").write_text("")
    result = CliRunner().invoke(
        cli, ["generate", "push-express", "--output", str(folder), "--check"]
    )
    assert result.exit_code == 1
    assert "-    some_apps: bool" in result.output
    assert (
        CliRunner().invoke(cli, ["generate", "push-express", "--output", str(folder)]).exit_code
        == 0
    )
    assert not (folder / "push_express_client" / "old.py").exists()
    assert (
        CliRunner()
        .invoke(cli, ["generate", "push-express", "--output", str(folder), "--check"])
        .exit_code
        == 0
    )


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    """The generator refuses to write into a folder that contains other files."""
    (tmp_path / "mine.txt").write_text("mine")
    result = CliRunner().invoke(cli, ["generate", "push-express", "--output", str(tmp_path)])
    assert isinstance(result.exception, UsageError)


@pytest.mark.parametrize("name", ["losant", "push-express", "toy", "sink"])
def test_output_is_deterministic_and_names_the_contract_digest(name: str) -> None:
    """The same contract results in the same files. Each module names the contract's digest, and
    only one module imports the HTTP library.
    """
    files = render_package(plan_package(load(name)))
    assert files == render_package(plan_package(load(name)))
    code = {path: text for path, text in files.items() if path.endswith(".py")}
    assert all(load(name).digest in text.splitlines()[0] for text in code.values())
    assert [path for path, text in code.items() if "import httpx" in text] == [
        path for path in code if path.endswith("/_http.py")
    ]


@pytest.mark.parametrize("name", ["sink", "losant"])
def test_emitted_code_passes_mypy_and_ruff(name: str, tmp_path: Path) -> None:
    """mypy --strict and ruff report nothing for emitted code (pyright: nox -s clients)."""
    pytest.importorskip("mypy", reason="mypy and ruff come with the extra dev")
    pytest.importorskip("ruff", reason="mypy and ruff come with the extra dev")
    for path, text in render_package(plan_package(load(name))).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    for command in (
        ["mypy", "--cache-dir", str(ROOT / ".mypy_cache")],
        ["ruff", "check", "--no-cache", "."],
    ):
        process = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stdout


SIMILAR_OPERATIONS = """
openapi: 3.1.0
info: {title: Records, version: '1'}
servers: [{url: 'https://records.example'}]
paths:
  /buckets/{bucket}/records:
    parameters: [{name: bucket, in: path, required: true, schema: {type: string}}]
    get: {operationId: get_records, tags: [Records], responses: {'200': {description: d}}}
    delete: {operationId: delete_records, tags: [Records], responses: {'200': {description: d}}}
  /buckets/{bucket}/records/{id}:
    parameters:
    - {name: bucket, in: path, required: true, schema: {type: string}}
    - {name: id, in: path, required: true, schema: {type: string}}
    get: {operationId: get_record, tags: [Records], responses: {'200': {description: d}}}
    put: {operationId: put_record, tags: [Records], responses: {'200': {description: d}}}
    delete: {operationId: delete_record, tags: [Records], responses: {'200': {description: d}}}
"""


def test_methods_that_delete_different_resources_have_different_names(tmp_path: Path) -> None:
    """If two methods would have the same name without the words of their group, both keep these
    words.
    """
    (tmp_path / "openapi.yaml").write_text(SIMILAR_OPERATIONS)
    (group,) = plan_package(loader.load_contract(str(tmp_path))).groups
    names = {method.operation.id: str(method.name) for method in group.methods}
    assert names == {
        "get_records": "get_records",
        "get_record": "get_record",
        "put_record": "put",
        "delete_records": "delete_records",
        "delete_record": "delete_record",
    }


def test_no_two_names_differ_by_an_underscore() -> None:
    """Repeated names are numbered. A reserved name gets one underscore, and no other name is equal
    to it except for an underscore.
    """
    scope = naming.NameScope({"schema"})
    names = ("delete", "delete", "de_lete", "schema", "schema_", "class", "class_")
    allocated = [scope.allocate(name) for name in names]
    assert allocated == [
        "delete",
        "delete_2",
        "de_lete_3",
        "schema_",
        "schema_2",
        "class_",
        "class_2",
    ]
