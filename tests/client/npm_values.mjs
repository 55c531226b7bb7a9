// npm `convex/values` as a judge: a line of wire JSON in, the same value written by it out.
import { convexToJson, jsonToConvex } from "convex/values";
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(convexToJson(jsonToConvex(JSON.parse(line)))));
}
