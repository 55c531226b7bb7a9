"""The classes of the bindings: datamodel-code-generator with a template of ours."""

from __future__ import annotations

import ast
import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from datamodel_code_generator import InputFileType, LiteralType, PythonVersion, generate
from datamodel_code_generator.enums import DataModelType
from datamodel_code_generator.format import Formatter

from .errors import GenerateError
from .jsonschema import json_schema

if TYPE_CHECKING:
    from .overrides import Overrides
    from .shapes import Shapes

__all__ = ["class_definitions"]

_TEMPLATES: Final = Path(__file__).with_name("templates") / "models"


def class_definitions(shapes: Shapes, overrides: Overrides) -> str:
    """The source of every class and alias, without imports, each after those it needs."""
    if not (shapes.models or shapes.aliases):
        return ""
    return _classes(json.dumps(json_schema(shapes, overrides)))


# While a window watches, most changes leave the classes as they are.
@lru_cache(maxsize=2)
def _classes(schema: str) -> str:
    generated = generate(
        schema,
        input_filename="schema.json",
        input_file_type=InputFileType.JsonSchema,
        output_model_type=DataModelType.DataclassesDataclass,
        target_python_version=PythonVersion.PY_311,
        custom_template_dir=_TEMPLATES,
        custom_class_name_generator=str,
        field_extra_keys={"x-convex"},
        import_overrides={"dataclass": "bindings"},
        enum_field_as_literal=LiteralType.All,
        use_type_alias=True,
        use_standard_collections=True,
        use_union_operator=True,
        strict_nullable=True,
        use_schema_description=True,
        skip_root_model=True,
        keep_model_order=True,
        disable_timestamp=True,
        formatters=[Formatter.BUILTIN],
    )
    if not isinstance(generated, str):
        raise GenerateError("datamodel-code-generator gave no single module")
    return _without_imports(generated)


def _without_imports(source: str) -> str:
    # The imports are ours to write: it knows nothing of the names that `bindings` exports.
    body = [
        node for node in ast.parse(source).body if not isinstance(node, ast.Import | ast.ImportFrom)
    ]
    first = body[0]
    line = min([first.lineno, *(item.lineno for item in getattr(first, "decorator_list", []))])
    return "".join(source.splitlines(keepends=True)[line - 1 :])
