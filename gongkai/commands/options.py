"""Options of a command from the fields of a dataclass: name, type, default and help stand once, beside the field."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from dataclasses import fields
from functools import partial
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

    def get_params(self, ctx: Any) -> list[Any]:
        """Its own options."""
        return _taken_as_given(super().get_params(ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command, whose options are each given once: of two the first would be dropped without a word."""
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None:
            _taken_as_given(command.get_params(ctx))
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


def _taken_as_given(parameters: list[Any]) -> list[Any]:
    # since 0.29 Typer asks pydantic for every value, even for texts and for what is not given: loading that is a twelfth of a start
    for parameter in parameters:
        if hasattr(parameter, "type_descriptor") and parameter.nargs == 1 and "process_value" not in vars(parameter):
            parameter.process_value = partial(_value, parameter, parameter.process_value)
    return parameters


def _value(parameter: Any, converted: Callable[[Any, Any], Any], ctx: Any, value: Any) -> Any:
    is_text = isinstance(value, str) and parameter.type_descriptor.annotation is str
    if not is_text and (value is not None or parameter.required or parameter.multiple):
        return converted(ctx, value)
    return parameter.callback(ctx, parameter, value) if parameter.callback else value


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
