// Modules as one CommonJS script, with a source map back to their files.
import type { Module } from "./graph.ts";

export interface Linked {
  /** An expression: a function that gives a module's exports by its id. */
  code: string;
  map: string;
}

const PRELUDE = `(() => {
var modules = Object.create(null), loaded = Object.create(null);
function load(id) {
  if (id in loaded) return loaded[id].exports;
  var [imports, run] = modules[id], module = loaded[id] = { exports: {} };
  try {
    run.call(undefined, module, module.exports, (name) => {
      var id = imports[name];
      return typeof id === "string" ? load(id) : require(name);
    });
  } catch (error) {
    delete loaded[id];
    throw error;
  }
  return module.exports;
}
`;
const END = "return load;\n})()";

export function link(modules: Iterable<Module>): Linked {
  // What has no map stands in front of all that has one: a position there is no file's.
  const sorted = [...modules].sort((a, b) => Number(a.map !== null) - Number(b.map !== null));
  const sections: object[] = [];
  let code = PRELUDE;
  let line = countLines(code);
  const append = (text: string) => {
    code += text;
    line += countLines(text);
  };
  for (const { id, code: body, before, map, imports } of sorted) {
    const named = JSON.stringify(Object.fromEntries(imports));
    append(`modules[${JSON.stringify(id)}] = [${named}, function (module, exports, require) {${before}\n`);
    if (map !== null) sections.push({ offset: { line, column: 0 }, map });
    append(`${body}\n}];\n`);
  }
  sections.push({ offset: { line, column: 0 }, map: NOWHERE });
  return { code: code + END, map: JSON.stringify({ version: 3, sections }) };
}

/** Behind the last file; readers leave sources out that start like this. */
const NOWHERE = { version: 3, sources: ["<end>"], names: [], mappings: "AAAA" };

function countLines(text: string): number {
  return text.split("\n").length - 1;
}
