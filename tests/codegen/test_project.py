"""Projects as Convex's own bundler sees them: nothing lost, nothing invented, all gaps told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aioconvex_codegen import Found, GenerateError, Project, fetch
from codegen.project_files import FUNCTION, link_npm_packages, write_files

pytestmark = pytest.mark.anyio

STAND_INS = "stand-ins are used for @acme/zod/deep, stripe, which cannot be found"
NO_BINDINGS = "which is not installed: if it is a function, it has no bindings"


@pytest.fixture
def anyio_backend() -> str:
    """Node is slow to start; the loops differ in nothing that matters here."""
    return "asyncio"


@pytest.fixture(params=["npm", "no npm"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A project's folder: with npm packages, and so with esbuild, and without, on our bundler."""
    if request.param == "npm":
        link_npm_packages(tmp_path)
    return tmp_path


async def read(root: Path, files: dict[str, str]) -> Found:
    return await fetch(Project(write_files(root, files)))


def paths(found: Found) -> list[str]:
    return [
        entry.get("identifier") or f"{entry['method']} {entry['path']}"
        for entry in found.snapshot.functions
    ]


async def test_entry_points_are_the_bundlers(root: Path) -> None:
    """By extension, place and name; what is no module is neither listed nor executed."""
    throwing = 'throw new Error("executed");'
    taken = ["a.ts", "b.tsx", "c.js", "d.mjs", "e.cjs", "f.jsx", "g.mts", "h.cts"]
    taken += ["admin/http.ts", "2fa/verify.ts", "_private/x.ts", "lib/schema2.ts", "crons.ts"]
    left = ["a.test.ts", "b.spec.tsx", "auth.config.ts", ".hidden.ts", "#emacs.ts", "with space.ts"]
    left += ["deep/schema.ts", "_generated/api.ts", "notes.md", "part/convex.config.ts"]
    left += ["part/inside.ts", "node_modules/p/index.ts"]
    files = {f"convex/{name}": FUNCTION for name in taken}
    files["convex/e.cjs"] = (
        'const { queryGeneric } = require("convex/server");\n'
        "module.exports = queryGeneric({ args: {}, handler: async () => null });"
    )
    files |= {f"convex/{name}": throwing for name in left}
    files["convex/empty.ts"] = "const nothing = 1;"

    found = await read(root, files)

    modules = sorted(name.rpartition(".")[0] for name in taken)
    names = ((module, "default" if module == "e" else "f") for module in modules)
    assert paths(found) == sorted(f"{module}.js:{name}" for module, name in names)
    assert found.notes == (
        "part/ holds a component of its own (convex.config.ts) and is not part of this app's API",
    )
    assert found.skipped == ()


async def test_a_module_that_never_ends_costs_the_others_nothing(tmp_path: Path) -> None:
    """It is named in time; the deployment gives such modules up too."""
    found = await read(
        tmp_path,
        {
            "convex/first.ts": FUNCTION,
            "convex/last.ts": FUNCTION,
            "convex/spins.ts": "export {};\nwhile (true);",
        },
    )

    assert paths(found) == ["first.js:f", "last.js:f"]
    assert found.skipped == (
        "convex/spins.ts fails while loading: it does not finish loading within 10 s",
    )


async def test_every_kind_of_export_is_found(root: Path) -> None:
    """Default exports, aliases, re-exports, custom builders, routes; crons are no functions."""
    found = await read(
        root,
        {
            "convex/a.ts": """
import { query, internalMutation, action } from "./_generated/server";
import { v } from "convex/values";
const builder = (definition) => query({ ...definition, args: { ...definition.args, t: v.any() } });
export const custom = builder({ args: { x: v.int64() }, handler: async () => null });
export const bare = query(async () => 1);
export { bare as again };
export const hidden = internalMutation({ args: {}, returns: v.null(), handler: async () => null });
export const helper = () => 1;
export const LIMIT = 5;
export default action({ args: v.object({ y: v.literal(5n) }), handler: async () => null });
""",
            "convex/index.ts": 'export * from "./a";',
            "convex/http.ts": """
import { httpRouter } from "convex/server";
import { httpAction } from "./_generated/server";
const http = httpRouter();
const handler = httpAction(async () => new Response("ok"));
http.route({ path: "/hi", method: "GET", handler });
http.route({ pathPrefix: "/p/", method: "POST", handler });
export default http;
""",
            "convex/crons.ts": """
import { cronJobs } from "convex/server";
const crons = cronJobs();
export default crons;
""",
        },
    )

    assert paths(found) == [
        "a.js:again",
        "a.js:bare",
        "a.js:custom",
        "a.js:default",
        "a.js:hidden",
        "index.js:again",
        "index.js:bare",
        "index.js:custom",
        "index.js:hidden",
        "GET /hi",
        "POST /p/*",
    ]
    by_path = {entry.get("identifier"): entry for entry in found.snapshot.functions}
    assert set(by_path["a.js:custom"]["args"]["value"]) == {"t", "x"}
    assert by_path["a.js:hidden"]["visibility"] == {"kind": "internal"}
    assert by_path["a.js:bare"]["returns"] is None


async def test_generated_modules_need_not_be_there(root: Path) -> None:
    """However they are imported, and whatever an old one in the project says."""
    imports = ["./_generated/server", "./_generated/server.js", "../convex/_generated/server.ts"]
    files = {
        f"convex/m{number}.ts": FUNCTION.replace("convex/server", path).replace("Generic", "")
        for number, path in enumerate(imports)
    }
    files["convex/_generated/server.js"] = "export const old = 1;"
    files["convex/uses.ts"] = """
import { api, internal, components } from "./_generated/api";
import type { Id } from "./_generated/dataModel.d.ts";
import { env, query } from "./_generated/server";
export const refs = [api.a.b, internal.c.d, components.e, env.F];
export const f = query({ args: {}, handler: async (): Promise<Id<"x"> | null> => null });
"""

    found = await read(root, files)

    assert paths(found) == ["m0.js:f", "m1.js:f", "m2.js:f", "uses.js:f"]


async def test_a_missing_package_costs_no_more_than_what_it_makes(root: Path) -> None:
    """It is stood in for; every function that may be affected is listed, a lost one is skipped."""
    found = await read(
        root,
        {
            "convex/lib/pay.ts": 'import Stripe from "stripe";\nexport const s = new Stripe("k");',
            "convex/bill.ts": """
import { query } from "../convex/_generated/server";
import { s } from "./lib/pay";
import * as zod from "@acme/zod/deep";
import { v } from "convex/values";
export const charge = query({ args: {}, returns: v.null(), handler: async () => s.go() });
export const typed = query({ args: { a: zod.string(), b: v.string() }, handler: async () => s });
export const lost = zod.query({ args: {}, handler: () => 1 });
""",
            "convex/fine.ts": FUNCTION,
        },
    )

    assert paths(found) == ["bill.js:charge", "bill.js:typed", "fine.js:f"]
    assert found.warnings == (
        "bill:typed: validators from @acme/zod/deep, which is not installed, are typed as any",
        f"convex/bill.ts: {STAND_INS}; check bill:charge, bill:typed",
    )
    assert found.skipped == (
        f"convex/bill.ts: lost: made by @acme/zod/deep, {NO_BINDINGS}",
        f"convex/lib/pay.ts: s: made by stripe, {NO_BINDINGS}",
    )


async def test_a_module_that_throws_is_named_and_the_rest_is_read(root: Path) -> None:
    """One that only misses an environment variable gets a placeholder."""
    throwing = 'export const x = (() => { throw new Error("no way"); })();'
    found = await read(
        root,
        {
            "convex/bad.ts": throwing,
            "convex/uses_bad.ts": f'import {{ x }} from "./bad";\n{FUNCTION}\nexport const y = x;',
            "convex/key.ts": 'if (!process.env.SOME_KEY) throw new Error("no key");\n' + FUNCTION,
            "convex/fine.ts": FUNCTION + "setInterval(() => {}, 1000); console.log('noise');",
            "convex/exits.ts": FUNCTION + "process.exit(3);",
        },
    )

    assert paths(found) == ["fine.js:f", "key.js:f"]
    assert found.skipped == (
        "convex/bad.ts fails while loading: Error: no way",
        "convex/exits.ts fails while loading: Error: process.exit() was called",
        "convex/uses_bad.ts fails while loading: Error: no way",
    )
    assert found.warnings == (
        "key: loads only with placeholders for unset environment variables (Error: no key)",
    )


async def test_node_modules_run_on_node(root: Path) -> None:
    """A directive behind comments counts; packages that cannot be bundled stay outside."""
    (root / "convex.json").write_text('{"node": {"externalPackages": ["convex"]}}')
    found = await read(
        root,
        {
            "convex/files.ts": """// Reads files.
/* for a reason */ "use node";
import fs from "fs";
import { createHash } from "node:crypto";
import { action } from "./_generated/server";
export const hash = action({
  args: {},
  handler: async () => createHash("md5").update(fs.readFileSync(__filename)).digest("hex"),
});
""",
        },
    )

    assert paths(found) == ["files.js:hash"]


async def test_the_functions_folder_is_found(root: Path) -> None:
    """`convex.json` names it; without, it is `convex`; it may also be given itself."""
    files = {"convex.json": '{"functions": "backend/api"}', "backend/api/a.ts": FUNCTION}
    assert paths(await read(root, files)) == ["a.js:f"]
    assert paths(await fetch(Project(root / "backend" / "api"))) == ["a.js:f"]

    (root / "convex.json").write_text('{"functions": "gone"}')
    with pytest.raises(GenerateError, match=r"convex\.json says that the functions are in gone"):
        await fetch(Project(root))


async def test_components_are_reported(root: Path) -> None:
    """Those that the app installs have an API of their own."""
    config = """
import { defineApp } from "convex/server";
import limiter from "@convex-dev/rate-limiter/convex.config";
import own from "./part/convex.config.js";
const app = defineApp();
app.use(limiter);
app.use(own, { name: "mine" });
export default app;
"""
    part = 'import { defineComponent } from "convex/server"; export default defineComponent("p");'
    files = {"convex/convex.config.ts": config, "convex/part/convex.config.ts": part}

    found = await read(root, {**files, "convex/a.ts": FUNCTION})

    assert paths(found) == ["a.js:f"]
    assert found.notes[0] == (
        "convex.config.ts installs components, whose functions are not part of this app's API: "
        "@convex-dev/rate-limiter, mine"
    )


async def test_names_that_convex_refuses_are_told_with_their_file(root: Path) -> None:
    """A deployment never has them, so bindings would be of no use."""
    found = await read(
        root,
        {
            "convex/a.ts": FUNCTION.replace(
                "args: {}", 'args: { x: v.array(v.object({ ["a-b"]: v.any() })) }'
            ).replace("export", 'import { v } from "convex/values";\nexport')
        },
    )

    assert paths(found) == []
    assert found.skipped == ("convex/a.ts: f: Convex allows no field of the name args.x[].a-b",)


async def test_comments_are_read_from_the_source(root: Path) -> None:
    """The one in front of an export, without its stars."""
    documented = FUNCTION.replace("export", '/**\n * Says "hi".\n *\n * @returns it\n */\nexport')
    found = await read(
        root,
        {"convex/a.ts": documented + "/** Default. */ export default f; /* plain */ const x = 1;"},
    )

    assert found.docs == {"a.js:f": 'Says "hi".\n\n@returns it', "a.js:default": "Default."}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param(
            {"convex/a.ts": "export const = 1;"},
            r"convex/a\.ts:1:14: (Expected|Unexpected)",
            id="ts",
        ),
        pytest.param(
            {"convex/_deps/a.ts": FUNCTION}, "the folder _deps is reserved", id="reserved"
        ),
        pytest.param({"convex.json": "{"}, r"convex\.json is not JSON", id="config"),
    ],
)
async def test_what_convex_would_refuse_is_one_message(
    files: dict[str, str], message: str, root: Path
) -> None:
    """With file, line and column where there are any."""
    with pytest.raises(GenerateError, match=message):
        await read(root, files)


async def test_a_schema_that_fails_is_told(root: Path) -> None:
    """The functions have bindings nevertheless."""
    files = {"convex/schema.ts": "export default 5;", "convex/a.ts": FUNCTION}

    found = await read(root, files)

    assert paths(found) == ["a.js:f"]
    (skipped,) = found.skipped
    assert skipped.startswith("convex/schema.ts fails while loading: Error: it has no default")
    assert json.loads(found.snapshot.text())["schema"]["tables"] == []


async def test_one_statement_may_export_several_functions(root: Path) -> None:
    """As a list, and out of what a library makes, also without semicolons."""
    module = """
import { query } from "./_generated/server"
const made = () => query({ args: {}, handler: async () => null })
export const a = made(), b = made()
const last = made
export const { c, renamed: d } = { c: made(), renamed: last() }
"""

    assert paths(await read(root, {"convex/m.ts": module})) == [f"m.js:{name}" for name in "abcd"]


async def test_halves_of_characters_cost_no_more_than_their_function(root: Path) -> None:
    """A long comment is cut between characters; a literal that is no text loses its function."""
    module = f"""
import {{ query }} from "./_generated/server";
import {{ v }} from "convex/values";
/** {"x" * 1999}\N{PILE OF POO} */
export const long = query({{ args: {{}}, handler: async () => null }});
export const half = query({{ args: {{ a: v.literal("\\ud83d") }}, handler: async () => null }});
"""

    found = await read(root, {"convex/m.ts": module})

    assert paths(found) == ["m.js:long"]
    assert found.docs == {"m.js:long": f"{'x' * 1999}\N{PILE OF POO}"}
    assert found.skipped == (
        "convex/m.ts: half: its validators cannot be read: Error: a text that is no Unicode",
    )
