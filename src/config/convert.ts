import { type Alias, isAlias, isMap, isPair, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml';
import type { Json } from '../release/json.ts';
import { quoted } from './found.ts';
import type { ReadBudget } from './guard.ts';
import { keyText } from './map-key.ts';
import { isMerge, scalarValue } from './tagged.ts';

/** For each map and list: the positions of the key and the value of each entry. */
export type Spots = WeakMap<object, Map<string | number, { readonly key: number; readonly value: number }>>;

interface Context {
  readonly spots: Spots;
  readonly complain: (offset: number, message: string, hint: string | null) => void;
  readonly limits: { readonly depth: number };
  readonly budget: ReadBudget;
  /**
   * How `on: 1` is read. `kubectl`: the key is "true", as in kubectl. `text`: the key is "on", as written. `json`: the text is JSON,
   * and what is not quoted is a number or one of its words.
   */
  readonly keys: 'kubectl' | 'text' | 'json';
  /** Whether a merge is refused that brings a key which is there before it: readers disagree about which of the two counts. */
  readonly refusesDisputed: boolean;
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
    state.budget.nodes -= 1;
    if (isScalar(node)) state.budget.characters -= String(node.value ?? '').length;
    if (state.budget.nodes < 0) return stop(state, offset, 'the aliases expand to too many nodes');
    if (state.budget.characters < 0) return stop(state, offset, 'the aliases expand to too much text');
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
    // Its name may be a password.
    const hint = 'put a text that begins with * in quotes';
    state.complain(offsetOf(node), 'the document has no anchor of this name before this alias', hint);
    return null;
  }
  if (state.inside.has(target)) {
    stop(state, offsetOf(node), `the anchor &${node.source} contains itself`);
    return null;
  }
  return target;
}

function scalarOf(node: Scalar, state: State): Json {
  const read = scalarValue(node);
  if (read.is === 'refused') {
    state.complain(offsetOf(node), read.why, read.hint);
    return null;
  }
  if (typeof read.value !== 'string') return read.value;
  if (state.keys === 'json' && node.type === 'PLAIN') {
    state.complain(offsetOf(node), `${read.value} is no number that can be kept`, 'quote it if it is meant as text');
  }
  return wholeCharacters(read.value, node, state);
}

/** Half of a character has no bytes. In JSON, kubectl puts the replacement character there; in YAML, it refuses it. */
function wholeCharacters(text: string, node: Scalar, state: State): string {
  if (text.isWellFormed()) return text;
  if (state.keys !== 'json') state.complain(offsetOf(node), 'an escape is half of a character', 'write the character');
  return text.toWellFormed();
}

function mapOf(node: YAMLMap, depth: number, state: State): Json {
  const into: Target = { map: Object.create(null), spots: new Map(), own: new Set() };
  let merge: Node | null = null;
  for (const { key, value } of node.items as { key: Node; value: Node | null }[]) {
    if (isScalar(key) && isMerge(key)) {
      if (value === null) state.complain(offsetOf(key), onlyMaps, null);
      // In kubectl what comes later wins. In YAML's rules the map's own keys win at any position: so it is in the config.
      else if (state.keys !== 'text') mergeInto(into, value, depth, state);
      else if (merge !== null) state.complain(offsetOf(key), 'the key << is there twice', 'merge a list: <<: [*a, *b]');
      else merge = value;
      continue;
    }
    const name = keyOf(key, state);
    const at = { key: offsetOf(key), value: value === null ? offsetOf(key) : offsetOf(value) };
    const inner = value === null ? null : jsonOf(value, depth + 1, state);
    if (name === null) continue;
    if (into.own.has(name)) {
      state.complain(at.key, `this map has the key ${quoted(name)} twice`, 'remove one of them');
      continue;
    }
    into.own.add(name);
    into.map[name] = inner;
    into.spots.set(name, at);
  }
  if (merge !== null) mergeInto(into, merge, depth, state);
  state.spots.set(into.map, into.spots);
  return into.map;
}

const onlyMaps = 'only a map, or a list of maps, can be merged with <<';

function keyOf(node: Node, state: State): string | null {
  const target = isAlias(node) ? targetOf(node, state) : node;
  if (target === null) return null;
  const hint = 'keys are text: put it in quotes';
  if (!isScalar(target)) {
    state.complain(offsetOf(node), 'a map or list can not be a key', hint);
    return null;
  }
  const text = String(target.value ?? '');
  const asWritten = state.keys === 'text' && target.tag === undefined && text !== '';
  const name = asWritten ? text : keyText(target, scalarValue(target));
  if (name === null) {
    state.complain(offsetOf(node), `${text === '' ? 'nothing' : text} can not be a key`, hint);
    return null;
  }
  if (forbiddenKeys.has(name)) {
    state.complain(offsetOf(node), `the key ${name} is not allowed`, 'no Kubernetes object needs it');
    return null;
  }
  return wholeCharacters(name, target, state);
}

type Target = {
  readonly map: { [key: string]: Json };
  readonly spots: Map<string | number, { key: number; value: number }>;
  /** The keys that the map has itself, apart from what is merged into it. */
  readonly own: Set<string>;
};

function mergeInto(into: Target, node: Node, depth: number, state: State): void {
  const source = isAlias(node) ? state.bound.get(node) : node;
  // A list of maps: the earlier ones win. An alias to such a list is refused, as kubectl does.
  const parts = isSeq(node) ? (node.items as Node[]) : [node];
  const merged = new Set<string>();
  for (const part of parts) {
    const target = part === node ? source : isAlias(part) ? state.bound.get(part) : part;
    if (target !== undefined && !isMap(target)) {
      state.complain(offsetOf(part), onlyMaps, null);
      continue;
    }
    const value = jsonOf(part, depth + 1, state);
    if (typeof value !== 'object' || value === null) continue;
    const from = state.spots.get(value);
    for (const [key, inner] of Object.entries(value as { [key: string]: Json })) {
      if (merged.has(key) || (state.keys === 'text' && into.own.has(key))) continue;
      if (state.refusesDisputed && Object.hasOwn(into.map, key)) {
        const hint = 'put << before it, or remove one of them';
        state.complain(offsetOf(part), `<< has the key ${quoted(key)}, which stands before it too`, hint);
      }
      merged.add(key);
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
