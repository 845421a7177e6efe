"""Finding and reading contracts."""

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

from .toy import TEXT, read

OVERLAY = "overlay: 1.0.0\nactions:\n- {target: $.info, update: {title: %s}}\n"


def folder(path: Path, **files: str) -> Path:
    """Return a folder with the toy document and further files."""
    (path / "openapi.yaml").write_text(TEXT.replace("{answers: A}", "{}"))
    for name, text in files.items():
        (path / f"{name.replace('_', '-')}.yaml").write_text(text)
    return path


def test_built_in() -> None:
    """The two contracts come with the tool, and load."""
    assert list_built_in_contracts() == ("losant", "push-express")
    assert [load_contract(name).name for name in list_built_in_contracts()] == [
        "losant",
        "push-express",
    ]


def test_path_and_folder(tmp_path: Path) -> None:
    """A contract is a file, or a folder that holds one; its name is the folder's, or the file's."""
    folder(tmp_path)
    (tmp_path / "mine.yaml").write_text((tmp_path / "openapi.yaml").read_text())
    found = [
        load_contract(str(path))
        for path in (tmp_path, tmp_path / "openapi.yaml", tmp_path / "mine.yaml")
    ]
    assert [tmp_path.name, tmp_path.name, "mine"] == [contract.name for contract in found]
    assert len({contract.digest for contract in found}) == 1


def test_json(tmp_path: Path) -> None:
    """A contract may be JSON."""
    (tmp_path / "openapi.json").write_text(
        json.dumps(read(TEXT.replace("{answers: A}", "{}")).value)
    )
    assert load_contract(str(tmp_path)).title == "Toys"


def test_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path is taken from where the user is."""
    folder(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert load_contract("openapi.yaml").digest == load_contract(".").digest


def refused(act: object, *arguments: object) -> str:
    """Return what a user is told about a contract that cannot be had."""
    with pytest.raises(UsageError) as caught:
        load_contract(*arguments)  # type: ignore[arg-type]
    return str(caught.value)


def test_no_such_contract(tmp_path: Path) -> None:
    """What is no contract is refused, with what there is."""
    assert "there is no contract 'nowhere'" in refused(load_contract, "nowhere")
    assert "losant, push-express" in refused(load_contract, "nowhere")
    assert f"the folder {tmp_path} holds no openapi.yaml" in refused(load_contract, str(tmp_path))


def test_revision_and_reading(tmp_path: Path) -> None:
    """Overlays beside the document are its revisions and readings; readings go over revisions, in
    order.
    """
    path = str(
        folder(
            tmp_path,
            revision_old=OVERLAY % "Old",
            interpretation_one=OVERLAY % "One",
            interpretation_two=OVERLAY % "Two",
        )
    )
    assert (list_revisions(path), list_interpretations(path)) == (("old",), ("one", "two"))
    assert [
        load_contract(path, *rest).title
        for rest in (
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


READING = (
    "overlay: 1.0.0\ninfo: {title: %s, x-ambiguity: %s, x-shows: [listToys/answers]}\nactions:\n-"
    " {target: $.info, update: {title: %s}}\n"
)


def ambiguous(path: Path) -> str:
    """Return a folder whose document has two readings of one passage and one of another."""
    pairs = (("red", "the color"), ("blue", "the color"), ("big", "the size"))
    texts = {
        f"interpretation_{name}": READING % (f"Toys are {name}.", passage, name)
        for name, passage in pairs
    }
    folder(path, **texts)
    return str(path)


def test_ambiguities(tmp_path: Path) -> None:
    """All readings can be told apart on a server, each under its own contract."""
    found = list_open_interpretations(ambiguous(tmp_path))
    assert [("big", "the size"), ("blue", "the color"), ("red", "the color")] == [
        (one.name, one.ambiguity) for one in found
    ]
    assert [("big", ("big",)), ("blue", ("blue",)), ("red", ("red",))] == [
        (one.contract.title, one.contract.interpretations) for one in found
    ]
    assert [("listToys/answers",)] * 3 == [one.deciding_claims for one in found]
    assert "Toys are red." == found[-1].meaning


@pytest.mark.parametrize(
    ("asserted", "left"), [(("red",), ["big"]), (("big",), ["blue", "red"]), (("red", "big"), [])]
)
def test_settled_passages(tmp_path: Path, asserted: tuple[str, ...], left: list[str]) -> None:
    """Of a passage of which a reading is asserted nothing is open; the others are read under it."""
    found = list_open_interpretations(ambiguous(tmp_path), None, asserted)
    assert left == [one.name for one in found]
    assert [(*asserted, name) for name in left] == [one.contract.interpretations for one in found]


def test_ambiguities_of_built_in_contracts() -> None:
    """Each passage that the built-in contracts leave open has at least two readings, in every
    edition.
    """
    for name, revision in (("losant", None), ("losant", "2017"), ("push-express", None)):
        passages = [one.ambiguity for one in list_open_interpretations(name, revision)]
        assert passages
        assert [passage for passage in passages if passages.count(passage) < 2] == []


def test_no_ambiguities(tmp_path: Path) -> None:
    """A contract without readings leaves nothing open that could be told apart."""
    assert list_open_interpretations(str(folder(tmp_path))) == ()


def test_reading_without_a_passage(tmp_path: Path) -> None:
    """A reading that does not say which passage it reads is a mistake of the contract's."""
    with pytest.raises(
        ContractError,
        match=r"interpretation-red\.yaml:2: an interpretation needs info\.x-ambiguity",
    ):
        list_open_interpretations(
            str(
                folder(
                    tmp_path,
                    interpretation_red=OVERLAY.replace("actions", "info: {title: Red}\nactions")
                    % "Red",
                )
            )
        )


def test_base_revision(tmp_path: Path) -> None:
    """The document's own version needs no overlay."""
    assert load_contract(str(folder(tmp_path)), "1").revision == "1"
    assert load_contract("losant").digest == load_contract("losant", "current").digest


def test_no_such_revision(tmp_path: Path) -> None:
    """A revision or reading that is not there is refused, with what there is."""
    assert "has no revision '2016'" in refused(load_contract, "losant", "2016")
    assert "it has 2017" in refused(load_contract, "losant", "2016")
    assert "has no interpretation 'x'" in refused(load_contract, "losant", None, ("x",))
    assert "has no revision '../x'" in refused(load_contract, str(folder(tmp_path)), "../x")


def test_unreadable_files(tmp_path: Path) -> None:
    """A file that is not text is a mistake of the contract's, told with its name."""
    (tmp_path / "openapi.yaml").write_bytes(b"\xff\xfe\x00a")
    with pytest.raises(ContractError, match="is not UTF-8 text"):
        load_contract(str(tmp_path))


def test_missing_sibling(tmp_path: Path) -> None:
    """A referenced file that is not there is a mistake of the contract's."""
    (tmp_path / "openapi.yaml").write_text(
        TEXT + "components: {schemas: {A: {$ref: 'gone.yaml#/a'}}}\n"
    )
    with pytest.raises(
        ContractError, match=r"gone\.yaml: cannot be read: No such file or directory"
    ):
        load_contract(str(tmp_path))


def test_linked_sibling(tmp_path: Path) -> None:
    """A link that leads out of the folder is not followed."""
    inside, outside = tmp_path / "in", tmp_path / "secret.yaml"
    inside.mkdir()
    outside.write_text("a: {type: string}\n")
    (inside / "link.yaml").symlink_to(outside)
    (inside / "openapi.yaml").write_text(
        TEXT + "components: {schemas: {A: {$ref: 'link.yaml#/a'}}}\n"
    )
    with pytest.raises(ContractError, match="leaves the contract's folder"):
        load_contract(str(inside))


def test_sibling(tmp_path: Path) -> None:
    """Another file of the folder is taken in."""
    path = folder(tmp_path, more="a: {type: string}\n")
    (path / "openapi.yaml").write_text(
        (path / "openapi.yaml").read_text() + "components: {schemas: {A: {$ref: 'more.yaml#/a'}}}\n"
    )
    assert load_contract(str(path)).document["x-files"]["more.yaml"] == {"a": {"type": "string"}}


def test_places_of_built_in_contracts() -> None:
    """Built-in contracts name their files the same wherever the tool is installed."""
    assert {"specs/losant/openapi.yaml", "specs/losant/revision-2017.yaml"} == {
        file for file, _ in load_contract("losant", "2017").positions.values()
    }


def test_revision_behind_the_name(tmp_path: Path) -> None:
    """NAME@REVISION names a revision, of a path too; a path that exists is taken as it is."""
    assert load_contract("losant@2017").revision == "2017"
    assert load_contract("losant@2017", "2017").digest == load_contract("losant", "2017").digest
    (tmp_path / "toys").mkdir()
    path = folder(tmp_path / "toys", revision_old=OVERLAY % "Old")
    assert load_contract(f"{path}@old").revision == "old"
    assert list_revisions(f"{path}@old") == ("old",)
    at = tmp_path / "toys@home"
    path.rename(at)
    assert load_contract(str(at)).revision != "home"


@pytest.mark.parametrize("name", ["losant@", "@2017", "@"])
def test_half_a_revision(name: str) -> None:
    """Both parts are needed."""
    assert "CONTRACT@REVISION" in refused(load_contract, name)


def test_two_revisions() -> None:
    """A revision is named once."""
    assert "different revisions" in refused(load_contract, "losant@2017", "2018")


def test_a_folder_never_shadows_a_built_in_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`losant` is the built-in contract, `./losant` the folder."""
    (tmp_path / "losant").mkdir()
    folder(tmp_path / "losant")
    monkeypatch.chdir(tmp_path)
    assert load_contract("losant").title == "Losant experience groups"
    assert load_contract("./losant").title != "Losant experience groups"
