// Half-open intervals of keys and who owns them, found by a key they contain: a treap of the different intervals,
// whose nodes know their subtree's highest end.
import type { Interval } from "../storage/rows.ts";

interface Node extends Interval {
  owners: Set<number>;
  priority: number;
  highest: Uint8Array;
  left: Tree;
  right: Tree;
}
type Tree = Node | null;

export class IntervalTree {
  private root: Tree = null;

  add(interval: Interval, owner: number): void {
    const owners = find(this.root, interval)?.owners;
    if (owners !== undefined) owners.add(owner);
    else this.root = insert(this.root, newNode(interval, owner));
  }

  delete(interval: Interval, owner: number): void {
    const owners = find(this.root, interval)?.owners;
    owners?.delete(owner);
    if (owners?.size === 0) this.root = remove(this.root, interval);
  }

  /** Adds the owners of all intervals around `key` to `owners`. */
  collect(key: Uint8Array, owners: Set<number>): void {
    collect(this.root, key, owners);
  }
}

function newNode({ low, high }: Interval, owner: number): Node {
  return {
    low,
    high,
    owners: new Set([owner]),
    priority: Math.random(),
    highest: high,
    left: null,
    right: null,
  };
}

function compare(left: Interval, right: Interval): number {
  return Buffer.compare(left.low, right.low) || Buffer.compare(left.high, right.high);
}

function find(tree: Tree, interval: Interval): Tree {
  if (tree === null) return null;
  const order = compare(interval, tree);
  return order === 0 ? tree : find(order < 0 ? tree.left : tree.right, interval);
}

function withHighest(node: Node): Node {
  node.highest = node.high;
  for (const child of [node.left, node.right]) {
    if (child !== null && Buffer.compare(child.highest, node.highest) > 0) node.highest = child.highest;
  }
  return node;
}

function insert(tree: Tree, added: Node): Node {
  if (tree === null) return added;
  if (added.priority > tree.priority) {
    [added.left, added.right] = split(tree, added);
    return withHighest(added);
  }
  if (compare(added, tree) < 0) tree.left = insert(tree.left, added);
  else tree.right = insert(tree.right, added);
  return withHighest(tree);
}

/** What lies before `pivot`, and the rest. */
function split(tree: Tree, pivot: Node): [Tree, Tree] {
  if (tree === null) return [null, null];
  if (compare(tree, pivot) < 0) {
    const [before, after] = split(tree.right, pivot);
    tree.right = before;
    return [withHighest(tree), after];
  }
  const [before, after] = split(tree.left, pivot);
  tree.left = after;
  return [before, withHighest(tree)];
}

function remove(tree: Tree, target: Interval): Tree {
  if (tree === null) return null;
  const order = compare(target, tree);
  if (order === 0) return join(tree.left, tree.right);
  if (order < 0) tree.left = remove(tree.left, target);
  else tree.right = remove(tree.right, target);
  return withHighest(tree);
}

function join(left: Tree, right: Tree): Tree {
  if (left === null || right === null) return left ?? right;
  if (left.priority > right.priority) {
    left.right = join(left.right, right);
    return withHighest(left);
  }
  right.left = join(left, right.left);
  return withHighest(right);
}

function collect(tree: Tree, key: Uint8Array, owners: Set<number>): void {
  if (tree === null || Buffer.compare(key, tree.highest) >= 0) return;
  collect(tree.left, key, owners);
  if (Buffer.compare(key, tree.low) < 0) return;
  if (Buffer.compare(key, tree.high) < 0) for (const owner of tree.owners) owners.add(owner);
  collect(tree.right, key, owners);
}
