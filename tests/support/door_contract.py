"""What import-linter does not bring: a package is entered through its door alone.

A package's door is the `__all__` of its `__init__`. It names classes, functions, constants, and modules that are used
as a whole (`from fusion.sizing import layout`). Whatever else lies in the package is its own business.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, cast

import grimp
from importlinter import Contract, ContractCheck, fields, output

ROOT = Path(__file__).resolve().parents[2]


class DoorsContract(Contract):
    """No module imports from inside a package that it does not lie in; no door has too many names.

    Configuration options:
        - packages: those with a door, such as `fusion.*`; modules that the expression matches too are passed over.
        - most_names: of one door.
        - wide: the packages that may have more.
    """

    type_name = "doors"

    packages = fields.ListField(subfield=fields.ModuleExpressionField())
    most_names = fields.IntegerField()
    wide = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        """The imports that pass by a door, and the doors that are too wide."""
        packages = self._packages(graph)
        doors = {package: door(package) for package in packages}
        broken = [
            f"{importer} imports {imported}, which is not in the door of {package}"
            for package in packages
            for imported in sorted(graph.find_descendants(package))
            if imported.removeprefix(package + ".") not in doors[package]
            for importer in sorted(graph.find_modules_that_directly_import(imported))
            if not _is_in(importer, package) and not importer.endswith(".__main__")  # which runs what lies inside
        ]
        most, wide = cast(int, self.most_names), cast(set[str], self.wide or set())
        broken += [
            f"{package} exports {len(names)} names"
            for package, names in doors.items()
            if len(names) > most and package not in wide
        ]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line for each."""
        for line in check.metadata["broken"]:
            output.print_error(line)

    def _packages(self, graph: grimp.ImportGraph) -> list[str]:
        found = {
            module
            for expression in cast(list[Any], self.packages)
            for module in graph.find_matching_modules(expression.expression)
        }
        return sorted(module for module in found if graph.find_children(module))


def door(package: str) -> frozenset[str]:
    """The names that a package exports: the literal `__all__` of its `__init__`."""
    file = ROOT.joinpath(*package.split("."), "__init__.py")
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")
