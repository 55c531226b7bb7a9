// A bundler for projects without npm packages: esbuild comes with npm's convex, and they have none.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { Graph } from "./graph.ts";
import type { BuildOptions, BuildResult, Metafile } from "./interface.ts";
import { link } from "./link.ts";

const LINKED = "_deps/all.cjs";

/**
 * Takes esbuild's options, as far as they are used here. What it makes is CommonJS for `vm` and Node:
 * with `stdin` one script, in memory; with `entryPoints` a file `.cjs` for each, in the folder `outdir`.
 *
 * Fails with an error whose `errors` are messages like esbuild's.
 */
export async function build(options: BuildOptions): Promise<BuildResult> {
  return options.stdin === undefined ? buildFiles(options) : buildScript(options);
}

function buildScript(options: BuildOptions): BuildResult {
  const graph = new Graph(options);
  const [entry] = graph.read();
  const { code, map } = link(graph.modules.values());
  const path = resolve(options.outfile!);
  return {
    outputFiles: [
      { path: `${path}.map`, text: map },
      { path, text: `module.exports = ${code}(${JSON.stringify(entry)});\n` },
    ],
    metafile: { inputs: inputsOf(graph), outputs: {} },
  };
}

function buildFiles(options: BuildOptions): BuildResult {
  const graph = new Graph(options);
  const entries = graph.read();
  const outputs: Metafile["outputs"] = {};
  const folder = resolve(options.outdir!);
  write(join(folder, LINKED), `module.exports = ${link(graph.modules.values()).code};\n`);
  for (const [number, entryPoint] of entries.entries()) {
    const file = join(folder, `${number}.cjs`);
    const loaded = `require("./${LINKED}")(${JSON.stringify(entryPoint)})`;
    // What was not written as an ES module has one export, as when one imports it.
    write(
      file,
      `const loaded = ${loaded};\nmodule.exports = loaded.__esModule ? loaded : { default: loaded };\n`,
    );
    outputs[relative(options.absWorkingDir, file)] = { entryPoint };
  }
  return { outputFiles: [], metafile: { inputs: inputsOf(graph), outputs } };
}

function inputsOf({ modules }: Graph): Metafile["inputs"] {
  const inputs = [...modules.values()].map(({ id, imports }) => {
    const paths = [...imports.values()].filter((path) => path !== null);
    return [id, { imports: paths.map((path) => ({ path })) }] as const;
  });
  return Object.fromEntries(inputs);
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
