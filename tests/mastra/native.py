"""Tables with native vector indexes, and the indexes of tests on them."""

from __future__ import annotations

from pathlib import Path

from aioconvex.mastra import NativeIndex

_TABLES = """
  docs: defineMastraNativeVectorTable({ dimensions: 3 }),
  staged: defineMastraNativeVectorTable({ dimensions: 3, staged: true }),
  wide: defineMastraNativeVectorTable({ dimensions: 4096, vectorIndexName: "by_vector" }),
  products: defineTable({
    sku: v.string(),
    vector: v.array(v.float64()),
    about: v.optional(v.any()),
    kind: v.optional(v.string()),
    price: v.optional(v.union(v.float64(), v.null())),
    sold: v.optional(v.boolean()),
  })
    .index("by_sku", ["sku"])
    .vectorIndex("by_vector", {
      vectorField: "vector",
      dimensions: 3,
      filterFields: ["kind", "price", "sold"],
    }),
});
"""

INDEXES = {
    "docs": NativeIndex(table_name="docs", dimension=3),
    "wide": NativeIndex(table_name="wide", dimension=4096, vector_index_name="by_vector"),
    "products": NativeIndex(
        table_name="products",
        dimension=3,
        vector_index_name="by_vector",
        id_field="sku",
        id_index_name="by_sku",
        vector_field="vector",
        metadata_field="about",
        filter_fields=("kind", "price", "sold"),
    ),
}


def schema_of(project: Path, imported: str) -> str:
    """A project's schema, with tables of native vectors beside its own."""
    schema = (project / "schema.ts").read_text()
    imports = f"""
import {{ defineTable }} from "convex/server";
import {{ v }} from "convex/values";
import {{ defineMastraNativeVectorTable }} from "{imported}";
"""
    if "defineSchema(mastraTables)" in schema:
        return imports + schema.replace(
            "defineSchema(mastraTables);", "defineSchema({ ...mastraTables," + _TABLES
        )
    head, end, _ = schema.rpartition("});")
    assert end
    return imports + head + _TABLES
