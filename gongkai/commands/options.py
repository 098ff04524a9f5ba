"""Options of a command from the fields of a dataclass: name, type, default and help stand once, beside the field."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer
from typer.core import TyperGroup

from corpus.errors import UsageError

_Command = TypeVar("_Command", bound=Callable[..., None])


class WholeHelp(TyperGroup):
    """A group of commands whose help says of each all that it says of itself, wrapped; Typer's own cuts it after one line."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, " ".join((c.help or "").split())) for name, c in commands if c is not None and not c.hidden]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command, whose options are each given once: of two the first would be dropped without a word."""
        name, command, rest = super().resolve_command(ctx, args)
        for given in () if command is None else command.params:
            times = (
                0
                if given.multiple or getattr(given, "is_flag", True)
                else sum(_is_option(a, given.opts) for a in _before_dashes(rest))
            )
            if times > 1:
                raise UsageError(
                    f"{given.opts[0]} is given {times} times", remedy=f"give it once{_COMMAS.get(given.opts[0], '')}"
                )
        return name, command, rest


#: what takes several names in one value
_COMMAS = {"--by": ", as --by year,level", "--stratum": ", as --stratum year,level"}


def _before_dashes(arguments: list[str]) -> list[str]:
    return arguments[: arguments.index("--")] if "--" in arguments else arguments


def _is_option(argument: str, names: Collection[str]) -> bool:
    return argument.partition("=")[0] in names


def option(of: type, name: str) -> Any:
    """The option of one field: ``--its-name`` with the help in the field's metadata."""
    field = next(f for f in fields(of) if f.name == name)
    facts: dict[str, Any] = {k: v for k, v in field.metadata.items() if k in {"help", "metavar", "min", "max"}}
    return typer.Option(f"--{name.replace('_', '-')}", **facts)


def options_of(of: type) -> Callable[[_Command], _Command]:
    """Give a command that takes ``**given`` one option for each field of ``of``."""
    hints = get_type_hints(of)

    def add(command: _Command) -> _Command:
        own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.kind is not p.VAR_KEYWORD]
        added = [
            inspect.Parameter(
                f.name, inspect.Parameter.KEYWORD_ONLY, default=f.default, annotation=_typed(hints[f.name], option(of, f.name))
            )
            for f in fields(of)
        ]
        command.__signature__ = inspect.Signature([*own, *added])  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in (*own, *added)}
        return command

    return add


def _typed(hint: Any, shown: Any) -> Any:
    # a field that also takes rows of metadata is given as the path of a file on the command line
    return Annotated[Path | None if Path in getattr(hint, "__args__", ()) else hint, shown]


def given_options(context: Any, *, but: Collection[str] = ()) -> list[str]:
    """The options that were given on the command line, as ``--its-name``."""
    return [
        f"--{name.replace('_', '-')}"
        for name in context.params
        if name not in but
        and (source := context.get_parameter_source(name)) is not None
        and source.name == "COMMANDLINE"
        and any(p.name == name and p.param_type_name == "option" for p in context.command.params)
    ]


__all__ = ["WholeHelp", "given_options", "option", "options_of"]
