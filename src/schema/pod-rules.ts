import { didYouMean } from '../config/check.ts';
import { oneOf, quoted } from '../config/found.ts';
import type { Path } from '../config/yaml.ts';
import { isObject, type Json, type JsonObject, listAt, numberAt, objectAt, stringAt } from '../release/json.ts';
import { parseQuantity } from '../release/quantity.ts';
import { wrongKey, wrongLabelValue } from './names.ts';
import type { Say } from './problem.ts';
import type { Rule, Rules } from './rules.ts';

const containerLists = ['initContainers', 'containers'] as const;
const amounts = ['cpu', 'memory', 'ephemeral-storage', 'storage'];

const pod: Rule = (value, say) => {
  for (const [key, inner] of Object.entries(objectAt(value, 'nodeSelector'))) {
    const hint = wrongKey(key);
    if (hint !== null) say(['nodeSelector', key], 'is not a name that Kubernetes takes', hint, { of: 'key' });
    const wrong = wrongLabelValue(inner);
    if (wrong !== null) say(['nodeSelector', key], wrong.says, wrong.hint);
  }
  if (listAt(value, 'containers').length === 0) say(['containers'], 'is empty', 'write at least one container');
  const names = new Set<string>();
  for (const list of containerLists) {
    for (const [index, one] of listAt(value, list).entries()) {
      const name = stringAt(one, 'name') ?? '';
      // In one list, the names are keys.
      if (list === 'containers' && names.has(name)) {
        say([list, index, 'name'], `is ${quoted(name)}, as an init container is`, 'give one of the two another name');
      }
      names.add(name);
      if ((stringAt(one, 'image') ?? '').trim() === '') say([list, index], 'has no image', 'write image: name:tag');
    }
  }
};

/** What containers mount is a volume of the pod. `more`: volumes that are made for it. */
export function mountsOf(pod: JsonObject, path: Path, more: readonly Json[], say: Say): void {
  const known = [
    ...listAt(pod, 'volumes').map((one) => stringAt(one, 'name')),
    ...more.map((one) => stringAt(one, 'metadata', 'name')),
  ];
  for (const list of containerLists) {
    for (const [at, container] of listAt(pod, list).entries()) {
      for (const field of ['volumeMounts', 'volumeDevices']) {
        for (const [index, mount] of listAt(container, field).entries()) {
          const name = stringAt(mount, 'name');
          if (known.includes(name)) continue;
          const says = `is ${quoted(name ?? '')}, which is no volume of the pod`;
          const there = known.length === 0 ? 'the pod has no volumes' : `there: ${oneOf(known.map(String), 'and')}`;
          say([...path, list, at, field, index, 'name'], says, there);
        }
      }
    }
  }
}

const container: Rule = (value, say) => {
  const seen = new Set<string>();
  for (const [index, one] of listAt(value, 'ports').entries()) {
    const name = stringAt(one, 'name');
    if (name === null) continue;
    if (seen.has(name)) {
      say(['ports', index, 'name'], `is ${quoted(name)}, as another port of the container is`, 'give it another name');
    }
    seen.add(name);
  }
  for (const probe of ['livenessProbe', 'startupProbe']) {
    const threshold = numberAt(value, probe, 'successThreshold');
    if (threshold !== null && threshold > 1) {
      say([probe, 'successThreshold'], `is ${threshold}`, 'write 1: only a readiness probe may ask for more');
    }
  }
};

/** A field of which exactly one has to be there. */
function oneHandler(fields: readonly string[], needed: boolean): Rule {
  return (value, say) => {
    const there = fields.filter((field) => value[field] !== undefined && value[field] !== null);
    if (there.length > 1) say([], `has ${oneOf(there, 'and')}`, 'keep one of them');
    if (there.length === 0 && needed) say([], `has none of ${oneOf(fields, 'and')}`, 'write one of them');
  };
}

const resources: Rule = (value, say) => {
  const limits = objectAt(value, 'limits');
  for (const field of ['limits', 'requests']) {
    for (const [key, amount] of Object.entries(objectAt(value, field))) {
      if (String(amount).startsWith('-')) say([field, key], `is ${String(amount)}`, 'write 0 or more');
      if (!key.includes('/') && !amounts.includes(key) && !key.startsWith('hugepages-')) {
        const hint = `${didYouMean(key, amounts)}write ${oneOf(amounts)}, or a name with a prefix, such as nvidia.com/gpu`;
        say([field, key], 'is no known resource', hint, { of: 'key' });
      }
    }
  }
  for (const [key, request] of Object.entries(objectAt(value, 'requests'))) {
    const [wanted, most] = [parseQuantity(request), parseQuantity(limits[key] ?? undefined)];
    if (wanted === null || most === null || wanted <= most) continue;
    const says = `is ${String(request)}, more than the limit ${String(limits[key])}`;
    say(['requests', key], says, 'raise the limit, or ask for less');
  }
};

const variable: Rule = (value, say) => {
  const from = value['valueFrom'];
  if (!isObject(from)) return;
  if ((stringAt(value, 'value') ?? '') !== '') say(['valueFrom'], 'stands beside a value', 'keep one of the two');
};

const handlers = ['exec', 'grpc', 'httpGet', 'tcpSocket'];
const sources = ['configMapKeyRef', 'fieldRef', 'fileKeyRef', 'resourceFieldRef', 'secretKeyRef'];

/** What runs in a pod. */
export const podRules: Rules = {
  PodSpec: pod,
  Pod: (value, say) => mountsOf(objectAt(value, 'spec'), ['spec'], [], say),
  Container: container,
  ResourceRequirements: resources,
  EnvVar: variable,
  EnvVarSource: oneHandler(sources, true),
  Probe: oneHandler(handlers, true),
  LifecycleHandler: oneHandler(['exec', 'httpGet', 'sleep', 'tcpSocket'], true),
  EnvFromSource: oneHandler(['configMapRef', 'secretRef'], true),
  PodDNSConfigOption(value, say) {
    if ((stringAt(value, 'name') ?? '') === '') say([], 'has no name', 'write name: ndots');
  },
  Toleration(value, say) {
    const operator = stringAt(value, 'operator') ?? '';
    if ((stringAt(value, 'key') ?? '') === '' && operator !== 'Exists') {
      say([], 'has no key', 'write the key of the taint, or operator: Exists for every taint');
    } else if (operator === 'Exists' && (stringAt(value, 'value') ?? '') !== '') {
      say(['value'], 'stands beside operator Exists', 'remove it');
    }
  },
  Volume(value: JsonObject, say: Say) {
    const there = Object.keys(value).filter((key) => key !== 'name' && value[key] !== null);
    if (there.length > 1) say([], `has ${oneOf(there, 'and')}`, 'keep one of them: each is a volume of its own');
  },
};
