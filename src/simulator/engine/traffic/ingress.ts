import { isMap, listAt, mapAt, same, textAt } from '../../api/json.ts';
import { asMap, type Thing } from '../../api/things.ts';
import type { Labels } from '../../workloads/types.ts';
import { manager } from '../words.ts';
import { must, type Provider, type RouteContext, type Share } from './provider.ts';

/** A second Ingress, whose annotations select the traffic for the new version. */
export function ingress(context: RouteContext, name: string, classType: string): Provider {
  const { world, namespace } = context;
  const canaryName = `${name}-canary`;
  const prefix = classType === 'aliyun-alb' ? 'alb.ingress.kubernetes.io' : 'nginx.ingress.kubernetes.io';
  return {
    check: () => void must(world, 'Ingress', namespace, name),
    ensure(share) {
      const canary = world.api.get('Ingress', namespace, canaryName);
      if (canary === undefined) {
        if (share.weight === 0) return true;
        const stable = must(world, 'Ingress', namespace, name);
        // Created with weight 0; the next pass sets the weight of the step.
        const annotations = noted(stable.metadata.annotations ?? {}, prefix, { weight: 0, matches: [] });
        world.api.create('Ingress', canaryIngress(context, stable, annotations), { manager });
        return false;
      }
      const before = canary.metadata.annotations ?? {};
      const after = noted(before, prefix, share);
      if (same(before, after)) return true;
      world.api.update('Ingress', { ...canary, metadata: { ...canary.metadata, annotations: after } }, { manager });
      return false;
    },
    finalise() {
      if (world.api.get('Ingress', namespace, canaryName) === undefined) return false;
      world.api.remove('Ingress', namespace, canaryName);
      return true;
    },
  };
}

/** The paths of the stable Ingress to the stable Service, changed to the canary Service. */
function canaryIngress({ namespace, owner, ...services }: RouteContext, stable: Thing, annotations: Labels): object {
  const spec = mapAt(asMap(stable), 'spec');
  const rules = listAt(spec, 'rules').flatMap((rule) => {
    const paths = listAt(rule, 'http', 'paths')
      .filter((path) => textAt(path, 'backend', 'service', 'name') === services.stable)
      .map((path) => ({
        ...(isMap(path) ? path : {}),
        backend: {
          ...mapAt(path, 'backend'),
          service: { ...mapAt(path, 'backend', 'service'), name: services.canary },
        },
      }));
    return paths.length === 0 ? [] : [{ ...(isMap(rule) ? rule : {}), http: { paths } }];
  });
  const { ingressClassName, tls } = spec;
  return {
    metadata: {
      name: `${stable.metadata.name}-canary`,
      namespace,
      annotations,
      labels: stable.metadata.labels,
      ownerReferences: [owner],
    },
    spec: {
      ...(ingressClassName === undefined ? {} : { ingressClassName }),
      ...(tls === undefined ? {} : { tls }),
      rules,
    },
  };
}

const ours = [
  'canary-by-cookie',
  'canary-by-header',
  'canary-by-header-pattern',
  'canary-by-header-value',
  'canary-weight',
];

/** The canary annotations, as the Lua script of the class writes them; only the first header of each match. */
function noted(before: Labels, prefix: string, { weight, matches }: Share): Labels {
  const result: Record<string, string> = { ...before, [`${prefix}/canary`]: 'true' };
  for (const key of ours) delete result[`${prefix}/${key}`];
  if (prefix.startsWith('alb.')) result[`${prefix}/order`] = '1';
  if (weight !== undefined) result[`${prefix}/canary-weight`] = String(weight);
  for (const match of matches) {
    const header = match.headers?.[0];
    if (header === undefined) continue;
    if (header.name === 'canary-by-cookie') result[`${prefix}/canary-by-cookie`] = header.value;
    else {
      result[`${prefix}/canary-by-header`] = header.name;
      result[`${prefix}/canary-by-header-${header.type === 'RegularExpression' ? 'pattern' : 'value'}`] = header.value;
    }
  }
  return result;
}
