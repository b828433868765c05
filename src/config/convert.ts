import { type Alias, isAlias, isMap, isPair, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml';
import type { Json } from '../release/json.ts';
import { quoted } from './found.ts';
import type { AliasBudget } from './guard.ts';
import { resolvePlain } from './scalar.ts';

/** For each map and list: the positions of the key and the value of each entry. */
export type Spots = WeakMap<object, Map<string | number, { readonly key: number; readonly value: number }>>;

interface Context {
  readonly spots: Spots;
  readonly complain: (offset: number, message: string, hint: string | null) => void;
  readonly limits: { readonly depth: number };
  readonly aliased: AliasBudget;
  /** How `on: 1` is read. `kubectl`: the key is "true", as in kubectl. `text`: the key is "on", as written. */
  readonly keys: 'kubectl' | 'text';
}

interface State extends Context {
  readonly bound: Map<Alias, Node>;
  /** Anchored nodes around the current node. */
  readonly inside: Set<Node>;
  /** The number of aliases around the current node. */
  aliases: number;
  stopped: boolean;
}

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);
const core = 'tag:yaml.org,2002:';

/**
 * The JSON of a composed node. Maps have no prototype. Every alias is copied, and the copies are counted, so that a small
 * document can not expand to a large one. Problems go to `complain`; the value must then not be used.
 */
export function convert(root: Node | null, context: Context): Json {
  const state: State = { ...context, bound: bind(root), inside: new Set(), aliases: 0, stopped: false };
  return root === null ? null : jsonOf(root, 1, state);
}

/** The anchored node of each alias: the last anchor of that name before the alias. */
function bind(root: Node | null): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const bound = new Map<Alias, Node>();
  const visit = (node: unknown) => {
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target !== undefined) bound.set(node, target);
      return;
    }
    if (isPair(node)) {
      visit(node.key);
      visit(node.value);
      return;
    }
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return;
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    if (!isScalar(node)) for (const item of node.items) visit(item);
  };
  visit(root);
  return bound;
}

function jsonOf(node: Node, depth: number, state: State): Json {
  if (state.stopped) return null;
  const offset = offsetOf(node);
  if (state.aliases > 0) {
    state.aliased.nodes -= 1;
    if (isScalar(node)) state.aliased.characters -= String(node.value ?? '').length;
    if (state.aliased.nodes < 0) return stop(state, offset, 'the aliases expand to too many nodes');
    if (state.aliased.characters < 0) return stop(state, offset, 'the aliases expand to too much text');
  }
  if (isAlias(node)) return aliasOf(node, depth, state);
  if (isScalar(node)) return scalarOf(node, state);
  if (depth > state.limits.depth) {
    return stop(state, offset, `maps and lists are nested more than ${state.limits.depth} deep`);
  }
  state.inside.add(node);
  let value: Json;
  if (isMap(node)) {
    value = mapOf(node, depth, state);
  } else {
    const spots = new Map<string | number, { key: number; value: number }>();
    const list: Json[] = [];
    for (const item of isSeq(node) ? (node.items as Node[]) : []) {
      const at = offsetOf(item);
      spots.set(list.length, { key: at, value: at });
      list.push(jsonOf(item, depth + 1, state));
    }
    state.spots.set(list, spots);
    value = list;
  }
  state.inside.delete(node);
  return value;
}

function aliasOf(node: Alias, depth: number, state: State): Json {
  const target = targetOf(node, state);
  if (target === null) return null;
  state.aliases += 1;
  const value = jsonOf(target, depth, state);
  state.aliases -= 1;
  return value;
}

function targetOf(node: Alias, state: State): Node | null {
  const target = state.bound.get(node);
  if (target === undefined) {
    state.complain(offsetOf(node), `the document has no anchor &${node.source} before this alias`, null);
    return null;
  }
  if (state.inside.has(target)) {
    stop(state, offsetOf(node), `the anchor &${node.source} contains itself`);
    return null;
  }
  return target;
}

function scalarOf(node: Scalar, state: State): Json {
  const text = String(node.value ?? '');
  const plain = node.type === undefined || node.type === 'PLAIN';
  const tag = node.tag?.startsWith(core) ? node.tag.slice(core.length) : node.tag;
  if (tag === 'str' || tag === '!' || (tag === undefined && !plain)) return text;
  const scalar = resolvePlain(text);
  if (scalar.is === 'refused') {
    state.complain(offsetOf(node), scalar.why, scalar.hint);
    return null;
  }
  if (tag === undefined) return scalar.value;
  if (fits(tag, scalar.value)) return scalar.value;
  state.complain(offsetOf(node), `${quoted(text)} is no !!${tag}`, null);
  return null;
}

function fits(tag: string, value: null | boolean | number | string): boolean {
  if (tag === 'null') return value === null;
  if (tag === 'bool') return typeof value === 'boolean';
  if (tag === 'int') return Number.isInteger(value);
  return tag === 'float' && typeof value === 'number';
}

function mapOf(node: YAMLMap, depth: number, state: State): Json {
  const map: { [key: string]: Json } = Object.create(null);
  const spots = new Map<string | number, { key: number; value: number }>();
  let merge: Node | null = null;
  for (const { key, value } of node.items as { key: Node; value: Node | null }[]) {
    if (isMergeKey(key)) {
      if (merge !== null) state.complain(offsetOf(key), 'the key << is there twice', 'merge a list: <<: [*a, *b]');
      merge = value;
      continue;
    }
    const name = keyOf(key, state);
    const at = { key: offsetOf(key), value: value === null ? offsetOf(key) : offsetOf(value) };
    const inner = value === null ? null : jsonOf(value, depth + 1, state);
    if (name === null) continue;
    if (Object.hasOwn(map, name)) {
      state.complain(at.key, `this map has the key ${quoted(name)} twice`, 'remove one of them');
      continue;
    }
    map[name] = inner;
    spots.set(name, at);
  }
  // After the map's own keys, which win at any position of <<. (In kubectl a later << wins; in YAML's rules and in
  // kustomize it does not.)
  if (merge !== null) mergeInto({ map, spots }, merge, depth, state);
  state.spots.set(map, spots);
  return map;
}

function isMergeKey(key: Node): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN' && key.tag === undefined;
}

function keyOf(node: Node, state: State): string | null {
  const target = isAlias(node) ? targetOf(node, state) : node;
  if (target === null) return null;
  const hint = 'keys are text: put it in quotes';
  if (!isScalar(target)) {
    state.complain(offsetOf(node), 'a map or list can not be a key', hint);
    return null;
  }
  const text = String(target.value ?? '');
  const value = state.keys === 'text' && target.tag === undefined && text !== '' ? text : scalarOf(target, state);
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return String(value);
  if (typeof value !== 'string') {
    state.complain(offsetOf(node), `${text === '' ? 'nothing' : text} can not be a key`, hint);
    return null;
  }
  if (forbiddenKeys.has(value)) {
    state.complain(offsetOf(node), `the key ${value} is not allowed`, 'no Kubernetes object needs it');
    return null;
  }
  return value;
}

type Target = { map: { [key: string]: Json }; spots: Map<string | number, { key: number; value: number }> };

function mergeInto(into: Target, node: Node, depth: number, state: State): void {
  const source = isAlias(node) ? state.bound.get(node) : node;
  // A list of maps: the earlier ones win. An alias to such a list is refused, as kubectl does.
  const parts = isSeq(node) ? (node.items as Node[]) : [node];
  for (const part of parts) {
    const target = part === node ? source : isAlias(part) ? state.bound.get(part) : part;
    if (target !== undefined && !isMap(target)) {
      state.complain(offsetOf(part), 'only a map, or a list of maps, can be merged with <<', null);
      continue;
    }
    const value = jsonOf(part, depth + 1, state);
    if (typeof value !== 'object' || value === null) continue;
    const from = state.spots.get(value);
    for (const [key, inner] of Object.entries(value as { [key: string]: Json })) {
      if (Object.hasOwn(into.map, key)) continue;
      into.map[key] = inner;
      const spot = from?.get(key);
      if (spot !== undefined) into.spots.set(key, spot);
    }
  }
}

function stop(state: State, offset: number, message: string): null {
  if (!state.stopped) state.complain(offset, message, null);
  state.stopped = true;
  return null;
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
