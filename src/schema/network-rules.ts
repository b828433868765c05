import { oneOf, quoted } from '../config/found.ts';
import { isObject, listAt, numberAt, objectAt, stringAt } from '../release/json.ts';
import { portName, wrongKey, wrongLabelValue } from './names.ts';
import type { Rule, Rules } from './rules.ts';

const service: Rule = (value, say) => {
  for (const [key, inner] of Object.entries(objectAt(value, 'selector'))) {
    const hint = wrongKey(key);
    if (hint !== null) say(['selector', key], 'is not a name that Kubernetes takes', hint, { of: 'key' });
    const wrong = wrongLabelValue(inner);
    if (wrong !== null) say(['selector', key], wrong.says, wrong.hint);
  }
  const ports = listAt(value, 'ports');
  const type = stringAt(value, 'type') || 'ClusterIP';
  const isHeadless = stringAt(value, 'clusterIP') === 'None';
  if (type === 'ExternalName') {
    if ((stringAt(value, 'externalName') ?? '') === '') {
      say([], 'has no externalName', 'write the host that the Service stands for');
    }
  } else if (ports.length === 0 && !isHeadless) {
    say(['ports'], 'is empty', 'write at least one port');
  }
  const seen = new Set<string>();
  for (const [index, one] of ports.entries()) {
    const name = stringAt(one, 'name') ?? '';
    if (type === 'ClusterIP' && (numberAt(one, 'nodePort') ?? 0) > 0) {
      say(
        ['ports', index, 'nodePort'],
        'is only for a Service with ports on nodes',
        'write type: NodePort, or remove it',
      );
    }
    if (name === '' && ports.length > 1) {
      say(['ports', index], 'has no name', 'of several ports, each has to have one');
    } else if (seen.has(name)) {
      say(['ports', index, 'name'], `is ${quoted(name)}, as another port is`, 'give it another name');
    }
    seen.add(name);
  }
};

const backends = ['resource', 'service'];

/** The port of an Ingress's backend: a number, or a name. */
const backendPort: Rule = (value, say) => {
  const name = stringAt(value, 'name') ?? '';
  const number = numberAt(value, 'number') ?? 0;
  if (name !== '' && number !== 0) say([], 'has name and number', 'keep one of the two');
  else if (name === '' && number === 0) say([], 'has neither name nor number', 'write number: 80');
  const wrong = name === '' ? null : portName(name);
  if (wrong !== null) say(['name'], wrong.says, wrong.hint);
};

/** How requests find pods. */
export const networkRules: Rules = {
  ServiceSpec: service,
  ServiceBackendPort: backendPort,
  IngressSpec(value, say) {
    if (listAt(value, 'rules').length === 0 && !isObject(value['defaultBackend'])) {
      say([], 'has neither rules nor defaultBackend', 'write rules');
    }
  },
  IngressBackend(value, say) {
    const there = backends.filter((field) => isObject(value[field]));
    if (there.length !== 1) {
      say([], there.length === 0 ? 'has no service' : `has ${oneOf(there, 'and')}`, 'write service: { name, port }');
    }
  },
  IngressServiceBackend(value, say) {
    if (!isObject(value['port'])) say([], 'has no port', 'write port: { number: 80 }');
  },
  HTTPIngressRuleValue(value, say) {
    if (listAt(value, 'paths').length === 0) say(['paths'], 'is empty', 'write at least one path');
  },
  HTTPIngressPath(value, say) {
    const path = stringAt(value, 'path') ?? '';
    const type = stringAt(value, 'pathType');
    if (path === '' ? type === 'ImplementationSpecific' : path.startsWith('/')) return;
    say(['path'], path === '' ? 'is not there' : `is ${quoted(path)}`, 'write a path that begins with /');
  },
  NetworkPolicyPeer(value, say) {
    const there = ['ipBlock', 'namespaceSelector', 'podSelector'].filter((field) => isObject(value[field]));
    if (there.length === 0) say([], 'selects nothing', 'write podSelector, namespaceSelector or ipBlock');
    else if (there.length > 1 && there.includes('ipBlock')) say(['ipBlock'], 'stands beside a selector', 'keep one');
  },
  NetworkPolicyPort(value, say) {
    const [first, last] = [value['port'], numberAt(value, 'endPort')];
    if (last === null) return;
    if (typeof first !== 'number')
      say(['endPort'], 'stands without a number as port', 'write the first port as a number');
    else if (last < first) say(['endPort'], `is ${last}, less than port ${first}`, `write ${first} or more`);
  },
};
