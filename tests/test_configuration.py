"""`conformance.toml`: its settings, and the message for each mistake."""

from __future__ import annotations

import datetime
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.configuration import AcceptedViolation, Configuration, load_configuration
from conformance.contract.loader import load_contract
from conformance.errors import UsageError
from conformance.options import resolve_target_settings

WRITE_IT = 'write where it is: "env:NAME", "file:PATH" or "command:PROGRAM"'


def load_text(folder: Path, text: str) -> Configuration:
    """Return the configuration of a text."""
    path = folder / "conformance.toml"
    path.write_text(text, "utf-8")
    return load_configuration(str(path))


def list_problems(folder: Path, text: str) -> list[tuple[str, str | None]]:
    """Return message and hint of each problem of a text; all problems name the file."""
    with pytest.raises(UsageError) as caught:
        load_text(folder, text)
    assert {str(folder / "conformance.toml")} == {problem.file for problem in caught.value.problems}
    return [(problem.message, problem.hint) for problem in caught.value.problems]


class TestFile:
    def test_no_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a file, the configuration is empty, and there is no error."""
        monkeypatch.chdir(tmp_path)
        assert load_configuration(None) == Configuration()

    def test_current_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The file in the current folder is loaded without being named."""
        monkeypatch.chdir(tmp_path)
        (tmp_path / "conformance.toml").write_text('[targets.here]\nurl = "http://a"\n')
        assert load_configuration(None) == Configuration(
            file=Path("conformance.toml"), targets={"here": {"url": "http://a"}}
        )

    def test_empty(self, tmp_path: Path) -> None:
        """An empty file has no settings."""
        assert load_text(tmp_path, "") == Configuration(file=tmp_path / "conformance.toml")

    def test_missing(self, tmp_path: Path) -> None:
        """A named file must exist."""
        with pytest.raises(UsageError) as caught:
            load_configuration(str(tmp_path / "other.toml"))
        (problem,) = caught.value.problems
        assert problem.file == str(tmp_path / "other.toml")
        assert problem.message.startswith("the file cannot be read: ")

    def test_not_utf8(self, tmp_path: Path) -> None:
        """A file in another encoding cannot be read."""
        (tmp_path / "c.toml").write_bytes(b'[targets.a]\nurl = "\xff"\n')
        with pytest.raises(UsageError, match="the file cannot be read: "):
            load_configuration(str(tmp_path / "c.toml"))

    def test_not_toml(self, tmp_path: Path) -> None:
        """The message says that the file is not TOML, and where."""
        ((message, hint),) = list_problems(tmp_path, "[targets\n")
        assert message.startswith("it is not TOML: ")
        assert "line 1" in message
        assert hint is None


class TestTargets:
    def test_values(self, tmp_path: Path) -> None:
        """Settings have the names of the command line options.

        Tables become pairs, and lists in fixtures become one string.
        """
        configuration = load_text(
            tmp_path,
            """
            [targets.staging]
            contract = "losant"
            url = "http://127.0.0.1:8000"
            rate = 5
            timeout = 2.5
            max-requests = 100
            read-only = true
            [targets.staging.parameters]
            applicationId = "abc"
            [targets.staging.fixtures]
            app_ids = [1, "b"]
            one = 7
            [targets.staging.headers]
            X-Team = "blue:green"
            """,
        )
        assert configuration.get_target_settings("staging") == {
            "contract": "losant",
            "url": "http://127.0.0.1:8000",
            "rate": 5,
            "timeout": 2.5,
            "max_requests": 100,
            "read_only": True,
            "parameters": ("applicationId=abc",),
            "fixtures": ("app_ids=1,b", "one=7"),
            "headers": ("X-Team:blue:green",),
        }

    def test_unknown_target(self, tmp_path: Path) -> None:
        """The message about an unknown target lists the known ones."""
        configuration = load_text(tmp_path, "[targets.b]\n[targets.a]\n")
        with pytest.raises(UsageError) as caught:
            configuration.get_target_settings("c")
        (problem,) = caught.value.problems
        assert (problem.file, problem.message, problem.hint) == (
            str(tmp_path / "conformance.toml"),
            "there is no target 'c'",
            "it has a, b",
        )
        with pytest.raises(UsageError, match="hint: it has none"):
            load_text(tmp_path, "").get_target_settings("c")

    def test_target_without_a_file(self) -> None:
        """The message about a target without a configuration file says how to name a file."""
        with pytest.raises(UsageError) as caught:
            Configuration().get_target_settings("staging")
        (problem,) = caught.value.problems
        assert (problem.message, problem.hint) == (
            "--target staging: there is no conformance.toml here",
            "name the file with --config",
        )

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("targets = 1", "targets is not a table"),
            ("targets.a = 1", "targets.a is not a table"),
            ("targets.a.headers = 1", "targets.a.headers is not a table"),
            ("targets.a.url = 1", "targets.a.url is 1: it should be str"),
            (
                'targets.a.rate = "1"',
                "targets.a.rate is of the wrong type: it should be int or float",
            ),
            ("targets.a.max-requests = 1.5", "targets.a.max-requests is 1.5: it should be int"),
            ("targets.a.workers = true", "targets.a.workers is True: it should be int"),
            ("targets.a.read-only = 1", "targets.a.read-only is 1: it should be bool"),
            ("targets.a.rate = false", "targets.a.rate is False: it should be int or float"),
        ],
    )
    def test_value_of_another_type(self, tmp_path: Path, text: str, message: str) -> None:
        """The message about a value of the wrong type has the value and the expected type.

        The value true is not a number, and 1 is not a boolean.
        """
        assert [(message, None)] == list_problems(tmp_path, text)

    @pytest.mark.parametrize("key", ["max_requests", "retries", "URL"])
    def test_unknown_key(self, tmp_path: Path, key: str) -> None:
        """The message about an unknown key lists the known ones."""
        ((message, hint),) = list_problems(tmp_path, f"targets.a.{key} = 1")
        assert message == f"targets.a.{key} is not known"
        assert hint is not None
        assert hint.startswith("a target has contract, revision, url, token,")
        assert hint.endswith(
            "allow-writes, parameters, scoped-tokens, fixtures, headers, credentials"
        )

    def test_unknown_table(self, tmp_path: Path) -> None:
        """The message about an unknown table lists the known ones."""
        assert list_problems(tmp_path, "[target.a]\n") == [
            ("target is not known here", "it has secret-names, [targets.NAME] and [[accepted]]")
        ]

    def test_all_problems_at_once(self, tmp_path: Path) -> None:
        """All mistakes of a file are reported together."""
        text = "other = 1\naccepted = 1\n[targets.a]\nurl = 1\nrate = true\n"
        assert [message for message, _ in list_problems(tmp_path, text)] == [
            "other is not known here",
            "targets.a.url is 1: it should be str",
            "targets.a.rate is True: it should be int or float",
            "accepted is not a list of tables",
        ]


class TestSecrets:
    def test_from_the_environment(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A token is read from the environment and stripped. So are scoped tokens and headers."""
        monkeypatch.setenv("A_TOKEN", " abc\n")
        text = (
            '[targets.a]\ntoken = "env:A_TOKEN"\nscoped-tokens = {"all.User" ='
            ' "env:A_TOKEN"}\nheaders = {X-Key = "env:A_TOKEN"}\n'
        )
        assert load_text(tmp_path, text).get_target_settings("a") == {
            "token": "abc",
            "scoped": ("all.User=abc",),
            "headers": ("X-Key:abc",),
        }

    def test_from_a_file(self, tmp_path: Path) -> None:
        """The path of a token file is relative to the configuration file."""
        (tmp_path / "secret").write_text("abc\n")
        assert load_text(tmp_path, '[targets.a]\ntoken = "file:secret"\n').get_target_settings(
            "a"
        ) == {"token": "abc"}

    @pytest.mark.parametrize("value", ['"abcdef"', '""', '"ENV:TOKEN"'])
    @pytest.mark.parametrize("key", ["token", "scoped-tokens.all"])
    def test_in_the_file_itself(self, tmp_path: Path, key: str, value: str) -> None:
        """A token in the configuration file is refused, and the message does not repeat it."""
        problems = list_problems(tmp_path, f"targets.a.{key} = {value}")
        assert [(f"targets.a.{key} holds the secret itself", WRITE_IT)] == problems
        assert "abcdef" not in str(problems)

    @pytest.mark.parametrize("value", [None, "", "  "])
    def test_not_in_the_environment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str | None
    ) -> None:
        """A variable that is unset or blank is a mistake."""
        monkeypatch.delenv("A_TOKEN", raising=False)
        if value is not None:
            monkeypatch.setenv("A_TOKEN", value)
        assert list_problems(tmp_path, 'targets.a.token = "env:A_TOKEN"') == [
            ("targets.a.token: the environment has no A_TOKEN", None)
        ]
        assert list_problems(tmp_path, 'targets.a.headers.X-Key = "env:A_TOKEN"') == [
            ("targets.a.headers.X-Key: the environment has no A_TOKEN", None)
        ]

    def test_from_a_command(self, tmp_path: Path) -> None:
        """A command prints the secret.

        It runs in the folder of the file, and only if its target is used.
        """
        python = shlex.quote(sys.executable)
        (tmp_path / "secret.py").write_text("print('ab' + 'c')\n")
        text = (
            f'[targets.a]\ntoken = "command:{python} secret.py"\n'
            f'credentials = {{key = "command:{python} secret.py"}}\n'
            '[targets.b]\nuser = "command:no-such-program"\n'
        )
        configuration = load_text(tmp_path, text)
        settings = dict(configuration.get_target_settings("a"))
        assert settings.pop("token_command")() == "abc"  # runs the command again
        assert settings == {"token": "abc", "credentials": ("key=abc",)}
        with pytest.raises(UsageError, match=r"targets\.b\.user: the command cannot be run"):
            configuration.get_target_settings("b")

    @pytest.mark.parametrize(
        ("program", "message"),
        [
            ("print('', end='')", "the command printed nothing"),
            ("print('abcdef'); raise SystemExit(4)", "the command ended with status 4"),
        ],
    )
    def test_failing_command(self, tmp_path: Path, program: str, message: str) -> None:
        """The message has the exit status of the command, and not its output."""
        (tmp_path / "secret.py").write_text(program)
        text = f'targets.a.token = "command:{shlex.quote(sys.executable)} secret.py"'
        with pytest.raises(UsageError, match=message) as caught:
            load_text(tmp_path, text).get_target_settings("a")
        assert "abcdef" not in str(caught.value)

    def test_empty_command(self, tmp_path: Path) -> None:
        """An empty command is a mistake."""
        assert list_problems(tmp_path, 'targets.a.token = "command: "') == [
            ("targets.a.token names no command that can be read", None)
        ]

    def test_missing_secret_file(self, tmp_path: Path) -> None:
        """A secret file that cannot be read is a mistake."""
        ((message, _),) = list_problems(tmp_path, 'targets.a.token = "file:none"')
        assert message.startswith("targets.a.token: the file cannot be read: ")


class TestAccepted:
    def test_entries(self, tmp_path: Path) -> None:
        """An entry has claims, a reason, an end date and a contract. The last two are optional."""
        configuration = load_text(
            tmp_path,
            '[[accepted]]\nclaim = "a/*"\nreason = " known "\nuntil = 2027-01-31\ncontract ='
            ' "losant"\n[[accepted]]\nclaim = "b"\nreason = "x"\n',
        )
        assert configuration.accepted_violations == (
            AcceptedViolation(
                claim_pattern="a/*",
                reason="known",
                until=datetime.date(2027, 1, 31),
                contract="losant",
                file=str(configuration.file),
                line=1,
            ),
            AcceptedViolation(
                claim_pattern="b",
                reason="x",
                until=None,
                contract=None,
                file=str(configuration.file),
                line=6,
            ),
        )

    @pytest.mark.parametrize(
        ("claim", "contract", "expected"),
        [
            ("a/b", None, True),
            ("a/*", None, True),
            ("A/b", None, False),
            ("a", None, False),
            ("a/b", "losant", True),
            ("a/b", "push-express", False),
            ("a/[b]", None, True),
        ],
    )
    def test_covers(self, claim: str, contract: str | None, expected: bool) -> None:
        """An entry covers the claims that match its pattern, in every contract unless it names
        one.
        """
        assert (
            AcceptedViolation(
                claim_pattern=claim, reason="x", until=None, contract=contract
            ).covers("losant", "a/b")
            is expected
        )

    def test_covers_a_literal_id(self) -> None:
        """An id that looks like a pattern covers itself."""
        assert (
            AcceptedViolation(claim_pattern="a[1]", reason="x", until=None, contract=None).covers(
                "losant", "a[1]"
            )
            is True
        )

    @pytest.mark.parametrize(
        "entry",
        [
            'claim = "a"',
            'reason = "x"',
            'claim = "a"\nreason = "  "',
            'claim = 1\nreason = "x"',
            'claim = "a"\nreason = 1',
        ],
    )
    def test_without_a_claim_or_a_reason(self, tmp_path: Path, entry: str) -> None:
        """Each entry needs a claim and a reason. The message counts entries from one."""
        text = f'[[accepted]]\nclaim = "a"\nreason = "x"\n[[accepted]]\n{entry}\n'
        assert [
            ("accepted 2 lacks a claim or a reason", 'write claim = "…" and reason = "…"')
        ] == list_problems(tmp_path, text)

    def test_entry_that_is_not_a_table(self, tmp_path: Path) -> None:
        """An entry that is not a table lacks both."""
        assert [message for message, _ in list_problems(tmp_path, "accepted = [1]")] == [
            "accepted 1 lacks a claim or a reason"
        ]

    @pytest.mark.parametrize("text", ["accepted = 1", 'accepted = "text"', "[accepted]"])
    def test_not_a_list_of_tables(self, tmp_path: Path, text: str) -> None:
        """If the value is not a list of tables, the hint shows how to write one."""
        assert [("accepted is not a list of tables", "write [[accepted]]")] == list_problems(
            tmp_path, text
        )

    def test_unknown_key(self, tmp_path: Path) -> None:
        """An unknown key is reported."""
        text = '[[accepted]]\nclaim = "a"\nreason = "x"\nuntill = 2027-01-31\n'
        assert [
            (
                "accepted 1: untill is not known",
                "it has claim, kind, pointer, reason, until and contract",
            )
        ] == list_problems(tmp_path, text)

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ('"2027-01-31"', "'2027-01-31'"),
            ("2027", "2027"),
            ("2027-01-31T10:00:00", "datetime.datetime(2027, 1, 31, 10, 0)"),
            ("10:00:00", "datetime.time(10, 0)"),
        ],
    )
    def test_until_that_is_not_a_date(self, tmp_path: Path, value: str, shown: str) -> None:
        """The last day is a date. A string, a number or a time is a mistake."""
        text = f'[[accepted]]\nclaim = "a"\nreason = "x"\nuntil = {value}\n'
        assert [
            (f"accepted 1: until is {shown}", "write a date without quotes: until = 2027-01-31")
        ] == list_problems(tmp_path, text)


def test_the_revision_of_a_target_is_used(
    conformance: Callable[[str], tuple[int, str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A revision on the command line takes precedence over that of the target."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conformance.toml").write_text(
        '[targets.old]\nurl = "http://127.0.0.1:1"\nrevision = "2017"\n'
    )
    for line, revision in (
        ("losant --target old", "losant@2017"),
        ("losant --target old --revision current", "losant"),
        ("losant@current --target old", "losant"),
    ):
        status, out, err = conformance(f"run {line} --token t --dry-run")
        count = len(load_contract(revision).claims)
        assert (status, err, out.split(",")[0]) == (0, "", f"{count} claims")


def test_zero_is_a_value(tmp_path: Path) -> None:
    """A 0 on the command line is not treated as an absent option."""
    contract = load_contract("push-express")
    settings = {"max_leftovers": 0, "settle": 0.0, "exclusive": False, "rate": None}
    resolved = resolve_target_settings(contract, settings)
    assert (resolved["max_leftovers"], resolved["settle"], resolved["exclusive"]) == (0, 0.0, False)
