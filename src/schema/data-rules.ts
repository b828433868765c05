import { quoted } from '../config/found.ts';
import { isObject, listAt, objectAt, stringAt } from '../release/json.ts';
import { parseQuantity } from '../release/quantity.ts';
import { dataKey, wrongKey, wrongLabelValue } from './names.ts';
import type { Say } from './problem.ts';
import type { Rule, Rules } from './rules.ts';

/** The most bytes of a ConfigMap or a Secret. */
const MOST_DATA = 1024 * 1024;
/** The most bytes of all annotations of an object. */
const MOST_ANNOTATIONS = 256 * 1024;

/** The names and the size of labels and annotations. Those of a Job's template are not asked about. */
export const metadata: Rule = (value, say) => {
  for (const field of ['labels', 'annotations'] as const) {
    for (const [key, inner] of Object.entries(objectAt(value, field))) {
      const hint = wrongKey(key);
      if (hint !== null) say([field, key], 'is not a name that Kubernetes takes', hint, { of: 'key' });
      const wrong = field === 'labels' ? wrongLabelValue(inner) : null;
      if (wrong !== null) say([field, key], wrong.says, wrong.hint);
    }
  }
  const bytes = Object.entries(objectAt(value, 'annotations')).reduce(
    (sum, [key, text]) => sum + size(key) + size(text),
    0,
  );
  if (bytes > MOST_ANNOTATIONS) {
    say(['annotations'], `has ${bytes} bytes`, `write at most ${MOST_ANNOTATIONS} together`);
  }
};

const selector: Rule = (value, say) => {
  for (const [key, inner] of Object.entries(objectAt(value, 'matchLabels'))) {
    const hint = wrongKey(key);
    if (hint !== null) say(['matchLabels', key], 'is not a name that Kubernetes takes', hint, { of: 'key' });
    const wrong = wrongLabelValue(inner);
    if (wrong !== null) say(['matchLabels', key], wrong.says, wrong.hint);
  }
  for (const [index, one] of listAt(value, 'matchExpressions').entries()) {
    const operator = stringAt(one, 'operator');
    const count = listAt(one, 'values').length;
    const path = ['matchExpressions', index, 'values'];
    if ((operator === 'In' || operator === 'NotIn') && count === 0) {
      say(path, `is empty for ${operator}`, 'write at least one value');
    } else if ((operator === 'Exists' || operator === 'DoesNotExist') && count > 0) {
      say(path, `has values for ${operator}`, 'remove them');
    }
  }
};

function data(fields: readonly string[]): Rule {
  return (value, say) => {
    const seen = new Set<string>();
    for (const field of fields) keysOf(objectAt(value, field), field, seen, say);
    const bytes = fields
      .flatMap((field) => Object.values(objectAt(value, field)))
      .reduce<number>((sum, text) => sum + size(text), 0);
    // As base64 a value is longer than what counts.
    if (bytes > MOST_DATA * 1.4) say([], `has ${bytes} bytes of data`, `write at most ${MOST_DATA}`);
  };
}

function keysOf(map: object, field: string, seen: Set<string>, say: Say): void {
  for (const key of Object.keys(map)) {
    const wrong = dataKey(key);
    const isPath = key === '.' || key.startsWith('..');
    if (wrong !== null) say([field, key], 'is not a key that Kubernetes takes', wrong.hint, { of: 'key' });
    else if (isPath) say([field, key], 'is not a key that Kubernetes takes', 'write another name', { of: 'key' });
    if (seen.has(key)) say([field, key], 'is there twice', `write ${quoted(key)} in one of the maps`, { of: 'key' });
    if (field !== 'stringData') seen.add(key);
  }
}

function size(text: unknown): number {
  return typeof text === 'string' ? new TextEncoder().encode(text).length : 0;
}

/** Names, labels, and what is kept as data. */
export const dataRules: Rules = {
  PodTemplateSpec: (value, say) =>
    metadata(objectAt(value, 'metadata'), (path, ...rest) => say(['metadata', ...path], ...rest)),
  LabelSelector: selector,
  ConfigMap: data(['data', 'binaryData']),
  Secret: data(['data', 'stringData']),
  PersistentVolumeClaimSpec(value, say) {
    if (listAt(value, 'accessModes').length === 0) {
      say([], 'has no accessModes', 'write how it is mounted, such as [ReadWriteOnce]');
    }
    const storage = objectAt(value, 'resources', 'requests')['storage'] ?? null;
    if (storage === null) say([], 'asks for no storage', 'write resources: { requests: { storage: 1Gi } }');
    else if ((parseQuantity(storage) ?? 0n) <= 0n) {
      say(['resources', 'requests', 'storage'], `is ${String(storage)}`, 'ask for more than 0');
    }
  },
  ClusterRole(value, say) {
    const rule = value['aggregationRule'];
    if (isObject(rule) && listAt(rule, 'clusterRoleSelectors').length === 0) {
      say(['aggregationRule'], 'selects nothing', 'write clusterRoleSelectors');
    }
  },
  PolicyRule(value, say) {
    if (listAt(value, 'verbs').length === 0) say(['verbs'], 'is empty', 'write at least one, such as get');
    const urls = listAt(value, 'nonResourceURLs').length;
    const resources = listAt(value, 'resources').length;
    if (urls > 0) return;
    if (listAt(value, 'apiGroups').length === 0) say(['apiGroups'], 'is empty', 'write at least one: "" is the core');
    if (resources === 0) say(['resources'], 'is empty', 'write at least one, such as pods');
  },
};
