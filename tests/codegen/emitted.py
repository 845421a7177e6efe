"""Emitted packages, brought into this process under names of their own."""

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
    """Return the contract of that name, read once."""
    return loader.load_contract(CONTRACTS[name])


@cache
def client_of(name: str) -> ModuleType:
    """Return the package that the generator emits for a contract."""
    return emit(load(name))


def emit(contract: Contract, templates: Mapping[str, str] | None = None) -> ModuleType:
    """Return a freshly emitted package as a module; `templates` stand in for the tool's own."""
    planned = plan_package(contract)
    number = next(_numbers)
    folder = _folder / str(number)
    packages.save_package_files(render_package(planned, templates), folder)
    return bring(folder / planned.module, f"emitted_{number}_{planned.module}")


def bring(folder: Path, name: str) -> ModuleType:
    """Return the package in a folder as a module under another name."""
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


def forget(module: ModuleType) -> None:
    """Take an emitted package out of this process."""
    for name in [one for one in sys.modules if one.partition(".")[0] == module.__name__]:
        del sys.modules[name]
