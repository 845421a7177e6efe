"""Finding and loading contracts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.contract.loader import (
    list_built_in_contracts,
    list_interpretations,
    list_open_interpretations,
    list_revisions,
    load_contract,
)
from conformance.errors import ContractError, UsageError

from .toy import TOY_YAML, parse_document

OVERLAY = "overlay: 1.0.0\nactions:\n- {target: $.info, update: {title: %s}}\n"


def write_contract_folder(path: Path, **files: str) -> Path:
    """Write the toy document and further files into a folder, and return the folder."""
    (path / "openapi.yaml").write_text(TOY_YAML.replace("{answers: A}", "{}"))
    for name, text in files.items():
        (path / f"{name.replace('_', '-')}.yaml").write_text(text)
    return path


def test_built_in() -> None:
    """The tool contains two contracts, and both load."""
    assert list_built_in_contracts() == ("losant", "push-express")
    assert [load_contract(name).name for name in list_built_in_contracts()] == [
        "losant",
        "push-express",
    ]


def test_path_and_folder(tmp_path: Path) -> None:
    """A contract is a file, or a folder that contains one.

    It is named after the folder or the file.
    """
    write_contract_folder(tmp_path)
    (tmp_path / "mine.yaml").write_text((tmp_path / "openapi.yaml").read_text())
    contracts = [
        load_contract(str(path))
        for path in (tmp_path, tmp_path / "openapi.yaml", tmp_path / "mine.yaml")
    ]
    assert [tmp_path.name, tmp_path.name, "mine"] == [contract.name for contract in contracts]
    assert len({contract.digest for contract in contracts}) == 1


def test_json(tmp_path: Path) -> None:
    """A contract may be JSON."""
    (tmp_path / "openapi.json").write_text(
        json.dumps(parse_document(TOY_YAML.replace("{answers: A}", "{}")).value)
    )
    assert load_contract(str(tmp_path)).title == "Toys"


def test_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path starts at the current directory."""
    write_contract_folder(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert load_contract("openapi.yaml").digest == load_contract(".").digest


def get_usage_error(function: object, *arguments: object) -> str:
    """Return the message of the UsageError that loading a contract raises."""
    with pytest.raises(UsageError) as caught:
        load_contract(*arguments)  # type: ignore[arg-type]
    return str(caught.value)


def test_no_such_contract(tmp_path: Path) -> None:
    """An unknown contract is refused, and the error lists the known ones."""
    assert "there is no contract 'nowhere'" in get_usage_error(load_contract, "nowhere")
    assert "losant, push-express" in get_usage_error(load_contract, "nowhere")
    assert f"the folder {tmp_path} holds no openapi.yaml" in get_usage_error(
        load_contract, str(tmp_path)
    )


def test_revisions_and_interpretations(tmp_path: Path) -> None:
    """Overlays beside the document are its revisions and interpretations.

    Interpretations are applied after revisions, in order.
    """
    path = str(
        write_contract_folder(
            tmp_path,
            revision_old=OVERLAY % "Old",
            interpretation_one=OVERLAY % "One",
            interpretation_two=OVERLAY % "Two",
        )
    )
    assert (list_revisions(path), list_interpretations(path)) == (("old",), ("one", "two"))
    assert [
        load_contract(path, *arguments).title
        for arguments in (
            (),
            ("old",),
            ("old", ("one",)),
            (None, ("one", "two")),
            (None, ("two", "one")),
        )
    ] == ["Toys", "Old", "One", "Two", "One"]
    assert (
        load_contract(path, "old", ("one",)).revision,
        load_contract(path, "old", ("one",)).interpretations,
    ) == ("old", ("one",))


INTERPRETATION_OVERLAY = (
    "overlay: 1.0.0\ninfo: {title: %s, x-ambiguity: %s, x-shows: [listToys/answers]}\nactions:\n-"
    " {target: $.info, update: {title: %s}}\n"
)


def write_ambiguous_contract(path: Path) -> str:
    """Write a contract with two interpretations of one ambiguity and one of another.

    Return its path.
    """
    interpretations = (("red", "the color"), ("blue", "the color"), ("big", "the size"))
    texts = {
        f"interpretation_{name}": INTERPRETATION_OVERLAY % (f"Toys are {name}.", ambiguity, name)
        for name, ambiguity in interpretations
    }
    write_contract_folder(path, **texts)
    return str(path)


def test_open_interpretations(tmp_path: Path) -> None:
    """Every open interpretation is listed, each with its own contract."""
    interpretations = list_open_interpretations(write_ambiguous_contract(tmp_path))
    assert [("big", "the size"), ("blue", "the color"), ("red", "the color")] == [
        (interpretation.name, interpretation.ambiguity) for interpretation in interpretations
    ]
    assert [("big", ("big",)), ("blue", ("blue",)), ("red", ("red",))] == [
        (interpretation.contract.title, interpretation.contract.interpretations)
        for interpretation in interpretations
    ]
    assert [("listToys/answers",)] * 3 == [
        interpretation.deciding_claims for interpretation in interpretations
    ]
    assert "Toys are red." == interpretations[-1].meaning


@pytest.mark.parametrize(
    ("asserted", "open_names"),
    [(("red",), ["big"]), (("big",), ["blue", "red"]), (("red", "big"), [])],
)
def test_asserted_interpretations_settle_ambiguities(
    tmp_path: Path, asserted: tuple[str, ...], open_names: list[str]
) -> None:
    """An ambiguity with an asserted interpretation is not open.

    The others are loaded with that interpretation.
    """
    interpretations = list_open_interpretations(write_ambiguous_contract(tmp_path), None, asserted)
    assert open_names == [interpretation.name for interpretation in interpretations]
    assert [(*asserted, name) for name in open_names] == [
        interpretation.contract.interpretations for interpretation in interpretations
    ]


def test_ambiguities_of_built_in_contracts() -> None:
    """Each open ambiguity of the built-in contracts has at least two interpretations, in every
    edition.
    """
    for name, revision in (("losant", None), ("losant", "2017"), ("push-express", None)):
        ambiguities = [
            interpretation.ambiguity for interpretation in list_open_interpretations(name, revision)
        ]
        assert ambiguities
        assert [ambiguity for ambiguity in ambiguities if ambiguities.count(ambiguity) < 2] == []


def test_no_ambiguities(tmp_path: Path) -> None:
    """A contract without interpretations has no open ambiguities."""
    assert list_open_interpretations(str(write_contract_folder(tmp_path))) == ()


def test_interpretation_without_an_ambiguity(tmp_path: Path) -> None:
    """An interpretation that names no ambiguity is an error of the contract."""
    with pytest.raises(
        ContractError,
        match=r"interpretation-red\.yaml:2: an interpretation needs info\.x-ambiguity",
    ):
        list_open_interpretations(
            str(
                write_contract_folder(
                    tmp_path,
                    interpretation_red=OVERLAY.replace("actions", "info: {title: Red}\nactions")
                    % "Red",
                )
            )
        )


def test_base_revision(tmp_path: Path) -> None:
    """The document's own version needs no overlay."""
    assert load_contract(str(write_contract_folder(tmp_path)), "1").revision == "1"
    assert load_contract("losant").digest == load_contract("losant", "current").digest


def test_no_such_revision(tmp_path: Path) -> None:
    """An unknown revision or interpretation is refused, and the error lists the known ones."""
    assert "has no revision '2016'" in get_usage_error(load_contract, "losant", "2016")
    assert "it has 2017" in get_usage_error(load_contract, "losant", "2016")
    assert "has no interpretation 'x'" in get_usage_error(load_contract, "losant", None, ("x",))
    assert "has no revision '../x'" in get_usage_error(
        load_contract, str(write_contract_folder(tmp_path)), "../x"
    )


def test_unreadable_files(tmp_path: Path) -> None:
    """A file that is not text is an error of the contract, reported with its name."""
    (tmp_path / "openapi.yaml").write_bytes(b"\xff\xfe\x00a")
    with pytest.raises(ContractError, match="is not UTF-8 text"):
        load_contract(str(tmp_path))


def test_missing_referenced_file(tmp_path: Path) -> None:
    """A missing referenced file is an error of the contract."""
    (tmp_path / "openapi.yaml").write_text(
        TOY_YAML + "components: {schemas: {A: {$ref: 'gone.yaml#/a'}}}\n"
    )
    with pytest.raises(
        ContractError, match=r"gone\.yaml: cannot be read: No such file or directory"
    ):
        load_contract(str(tmp_path))


def test_symbolic_link_out_of_the_folder(tmp_path: Path) -> None:
    """A symbolic link that leads out of the folder is not followed."""
    inside, outside = tmp_path / "in", tmp_path / "secret.yaml"
    inside.mkdir()
    outside.write_text("a: {type: string}\n")
    (inside / "link.yaml").symlink_to(outside)
    (inside / "openapi.yaml").write_text(
        TOY_YAML + "components: {schemas: {A: {$ref: 'link.yaml#/a'}}}\n"
    )
    with pytest.raises(ContractError, match="leaves the contract's folder"):
        load_contract(str(inside))


def test_referenced_file(tmp_path: Path) -> None:
    """A referenced file of the folder is included in the document."""
    path = write_contract_folder(tmp_path, more="a: {type: string}\n")
    (path / "openapi.yaml").write_text(
        (path / "openapi.yaml").read_text() + "components: {schemas: {A: {$ref: 'more.yaml#/a'}}}\n"
    )
    assert load_contract(str(path)).document["x-files"]["more.yaml"] == {"a": {"type": "string"}}


def test_file_names_of_built_in_contracts() -> None:
    """The file names of built-in contracts do not depend on where the tool is installed."""
    assert {"specs/losant/openapi.yaml", "specs/losant/revision-2017.yaml"} == {
        file for file, _ in load_contract("losant", "2017").positions.values()
    }


def test_revision_in_the_contract_name(tmp_path: Path) -> None:
    """NAME@REVISION names a revision, also after a path. A path that exists takes precedence."""
    assert load_contract("losant@2017").revision == "2017"
    assert load_contract("losant@2017", "2017").digest == load_contract("losant", "2017").digest
    (tmp_path / "toys").mkdir()
    path = write_contract_folder(tmp_path / "toys", revision_old=OVERLAY % "Old")
    assert load_contract(f"{path}@old").revision == "old"
    assert list_revisions(f"{path}@old") == ("old",)
    renamed_path = tmp_path / "toys@home"
    path.rename(renamed_path)
    assert load_contract(str(renamed_path)).revision != "home"


@pytest.mark.parametrize("name", ["losant@", "@2017", "@"])
def test_incomplete_revision(name: str) -> None:
    """Both parts of CONTRACT@REVISION are required."""
    assert "CONTRACT@REVISION" in get_usage_error(load_contract, name)


def test_conflicting_revisions() -> None:
    """A revision is named only once."""
    assert "different revisions" in get_usage_error(load_contract, "losant@2017", "2018")


def test_folder_never_shadows_a_built_in_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`losant` is the built-in contract, `./losant` is the folder."""
    (tmp_path / "losant").mkdir()
    write_contract_folder(tmp_path / "losant")
    monkeypatch.chdir(tmp_path)
    assert load_contract("losant").title == "Losant experience groups"
    assert load_contract("./losant").title != "Losant experience groups"
