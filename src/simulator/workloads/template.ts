import { createHash } from 'node:crypto';
import { canonical, isMap, type Json } from '../api/json.ts';
import type { Template } from './types.ts';
import { templateHash } from './words.ts';

/**
 * A template for comparing: without empty values (`creationTimestamp: null`, `resources: {}`) and without the hash label
 * that a ReplicaSet adds.
 */
export function essence(template: Template): Json {
  const { [templateHash]: _hash, ...labels } = template.metadata?.labels ?? {};
  const annotations = template.metadata?.annotations;
  const metadata = {
    labels,
    ...(annotations === undefined || Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  return pruned({ metadata, spec: template.spec ?? {} });
}

function pruned(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(pruned);
  if (!isMap(value)) return value;
  const kept = Object.entries(value).flatMap(([key, member]) => {
    const next = pruned(member);
    const empty = next === null || (isMap(next) && Object.keys(next).length === 0 && key !== 'emptyDir');
    return empty ? [] : [[key, next] as const];
  });
  return Object.fromEntries(kept);
}

export function sameTemplate(one: Template, two: Template): boolean {
  return one === two || essenceText(one) === essenceText(two);
}

const texts = new WeakMap<Template, string>();

/** Cached: a template never changes, and is compared often. */
function essenceText(template: Template): string {
  const found = texts.get(template);
  if (found !== undefined) return found;
  const text = canonical(essence(template));
  const made = spoken.get(text) ?? text;
  if (spoken.size > 1024) spoken.clear();
  spoken.set(made, made);
  texts.set(template, made);
  return made;
}

/** Equal templates share one string object, so that comparing them is fast. */
const spoken = new Map<string, string>();

const known = new WeakMap<Template, Map<string, string>>();

/**
 * The hash of a revision. Kubernetes and Kruise have different hashes for one template (T01: 6f8f4b59cb and 7985cfdf7c), so
 * the name of the hasher is part of the input.
 */
export function hashOf(hasher: 'kubernetes' | 'kruise', template: Template): string {
  const hashes = known.get(template) ?? new Map<string, string>();
  known.set(template, hashes);
  const found = hashes.get(hasher);
  if (found !== undefined) return found;
  const digest = createHash('sha256').update(hasher).update(essenceText(template)).digest('hex');
  const made = [...digest.slice(0, 10)].map((digit) => 'bcdfghjklmnpqrst'[Number.parseInt(digit, 16)] ?? 'b').join('');
  hashes.set(hasher, made);
  return made;
}
