"""Emitted client packages, imported into this process under unique module names."""

from __future__ import annotations

import atexit
import importlib.util
import itertools
import shutil
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

from conformance.codegen import package as packages
from conformance.codegen.plan import plan_package
from conformance.codegen.render import render_package
from conformance.contract import loader
from conformance.contract.contract import Contract

HERE = Path(__file__).parent
CONTRACTS = {
    "losant": "losant",
    "push-express": "push-express",
    "toy": str(HERE.parent / "toy"),
    "sink": str(HERE / "sink"),
}
_numbers = itertools.count()
_folder = Path(tempfile.mkdtemp(prefix="conformance-codegen-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)


@cache
def load(name: str) -> Contract:
    """Return the named contract; it is loaded once."""
    return loader.load_contract(CONTRACTS[name])


@cache
def get_client_package(name: str) -> ModuleType:
    """Return the client package that the generator emits for a contract."""
    return emit_package(load(name))


def emit_package(contract: Contract, templates: Mapping[str, str] | None = None) -> ModuleType:
    """Emit a package into a new folder and import it; `templates` replace the tool's own."""
    plan = plan_package(contract)
    number = next(_numbers)
    folder = _folder / str(number)
    packages.save_package_files(render_package(plan, templates), folder)
    return import_package(folder / plan.module, f"emitted_{number}_{plan.module}")


def import_package(folder: Path, name: str) -> ModuleType:
    """Import the package in a folder as a module under another name."""
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    module.operations = importlib.import_module(f"{name}.operations")
    return module


def unload_package(module: ModuleType) -> None:
    """Remove an emitted package from the modules of this process."""
    for module_name in [
        loaded for loaded in sys.modules if loaded.partition(".")[0] == module.__name__
    ]:
        del sys.modules[module_name]
