// The doc comments of exported functions.
import type { Module } from "./project.ts";

const DOCUMENTED =
  /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*export\s+(?:(?:const|let|var|async\s+function|function)\s+([\w$]+)|(default)\b)/g;
const MOST_CHARACTERS = 2000;

/** Export name to the text of the comment in front of it, tags and all. */
export function docComments(module: Module): Map<string, string> {
  const comments = new Map<string, string>();
  for (const [, text, name, isDefault] of module.source.matchAll(DOCUMENTED)) {
    const lines = text!.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trimEnd());
    const comment = [...lines.join("\n").trim()].slice(0, MOST_CHARACTERS).join("");
    if (comment !== "") comments.set(name ?? isDefault!, comment);
  }
  return comments;
}
