import { at, isMap, type Json, type JsonMap, listAt, mapAt, same, textAt } from '../api/json.ts';
import type { OwnerRef, Thing } from '../api/things.ts';
import { asMap } from '../api/things.ts';
import type { World } from '../world.ts';
import { PassFailed } from './context.ts';
import type { Match, RoutingRef } from './types.ts';
import { manager } from './words.ts';

/** What a step asks of the routes. */
export interface Share {
  readonly traffic: string | undefined;
  readonly matches: readonly Match[];
}

export interface RouteContext {
  readonly world: World;
  readonly namespace: string;
  readonly ref: RoutingRef;
  readonly stable: string;
  readonly canary: string;
  readonly owner: OwnerRef;
}

/** Ingress, HTTPRoute and so on. Each makes one change at a time and says whether the routes are as they should be. */
interface Provider {
  /** Throws where the object is missing: the release stays in Initializing until it appears (E25). */
  check(): void;
  /** True once nothing had to be changed. */
  ensure(share: Share): boolean;
  /** Whether something was taken back. */
  finalise(): boolean;
}

function providers(context: RouteContext): readonly Provider[] {
  const { ref } = context;
  return [
    ...(ref.ingress === undefined ? [] : [ingress(context, ref.ingress.name, ref.ingress.classType ?? '')]),
    ...(ref.gateway?.httpRouteName === undefined ? [] : [httpRoute(context, ref.gateway.httpRouteName)]),
  ];
}

export function checkRoutes(context: RouteContext): void {
  for (const provider of providers(context)) provider.check();
}

export function ensureRoutes(context: RouteContext, share: Share): boolean {
  return providers(context)
    .map((provider) => provider.ensure(share))
    .every(Boolean);
}

export function finaliseRoutes(context: RouteContext): boolean {
  return providers(context)
    .map((provider) => provider.finalise())
    .some(Boolean);
}

function percent(traffic: string): number {
  return Number(/^(\d+)%$/.exec(traffic)?.[1] ?? 0);
}

function must(world: World, kind: string, namespace: string, name: string): Thing {
  const found = world.api.get(kind, namespace, name);
  if (found === undefined) throw new PassFailed(`${kind} ${name} is missing`);
  return found;
}

function ingress(context: RouteContext, name: string, classType: string): Provider {
  const { world, namespace, owner } = context;
  const canaryName = `${name}-canary`;
  const prefix = classType === 'aliyun-alb' ? 'alb.ingress.kubernetes.io' : 'nginx.ingress.kubernetes.io';
  return {
    check: () => void must(world, 'Ingress', namespace, name),
    ensure(share) {
      const weight = share.traffic === undefined ? null : percent(share.traffic);
      const canary = world.api.get('Ingress', namespace, canaryName);
      if (canary === undefined) {
        if (weight === 0) return true;
        const stable = must(world, 'Ingress', namespace, name);
        // Made with weight 0 first; the next look sets what the step asks for.
        world.api.create(
          'Ingress',
          canaryIngress(context, stable, canaryName, owner, noted(stable.metadata.annotations ?? {}, prefix, 0, [])),
          { manager },
        );
        return false;
      }
      const before = canary.metadata.annotations ?? {};
      const after = noted(before, prefix, weight, share.matches);
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

function canaryIngress(
  context: RouteContext,
  stable: Thing,
  name: string,
  owner: OwnerRef,
  annotations: Readonly<Record<string, string>>,
): object {
  const spec = mapAt(asMap(stable), 'spec');
  const rules = listAt(spec, 'rules').flatMap((rule) => {
    const paths = listAt(rule, 'http', 'paths')
      .filter((path) => textAt(path, 'backend', 'service', 'name') === context.stable)
      .map((path) => ({
        ...(isMap(path) ? path : {}),
        backend: { ...mapAt(path, 'backend'), service: { ...mapAt(path, 'backend', 'service'), name: context.canary } },
      }));
    return paths.length === 0 ? [] : [{ ...(isMap(rule) ? rule : {}), http: { paths } }];
  });
  const { ingressClassName, tls } = spec;
  return {
    metadata: {
      name,
      namespace: context.namespace,
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

/** The canary annotations as the class's Lua script writes them; of each match only the first header. */
function noted(
  before: Readonly<Record<string, string>>,
  prefix: string,
  weight: number | null,
  matches: readonly Match[],
): Readonly<Record<string, string>> {
  const ours = [
    'canary-by-cookie',
    'canary-by-header',
    'canary-by-header-pattern',
    'canary-by-header-value',
    'canary-weight',
  ];
  const result: Record<string, string> = { ...before, [`${prefix}/canary`]: 'true' };
  for (const key of ours) delete result[`${prefix}/${key}`];
  if (prefix.startsWith('alb.')) result[`${prefix}/order`] = '1';
  if (weight !== null) result[`${prefix}/canary-weight`] = String(weight);
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

type Rule = JsonMap;

function httpRoute(context: RouteContext, name: string): Provider {
  const { world, namespace, stable, canary } = context;
  const change = (make: (rules: readonly Rule[]) => readonly Rule[]): boolean => {
    const route = must(world, 'HTTPRoute', namespace, name);
    const rules = listAt(asMap(route), 'spec', 'rules').filter(isMap);
    const wanted = make(rules);
    if (same(rules, wanted)) return false;
    world.api.update('HTTPRoute', { ...route, spec: { ...mapAt(asMap(route), 'spec'), rules: wanted } }, { manager });
    return true;
  };
  return {
    check: () => void must(world, 'HTTPRoute', namespace, name),
    ensure: (share) =>
      !change((rules) =>
        share.matches.length > 0
          ? withMatches(rules, share.matches, stable, canary)
          : withWeights(rules, percent(share.traffic ?? '0%'), stable, canary),
      ),
    finalise() {
      if (world.api.get('HTTPRoute', namespace, name) === undefined) return false;
      return change((rules) => withoutCanary(rules, stable, canary));
    },
  };
}

function refIn(rule: Rule, service: string): JsonMap | undefined {
  return listAt(rule, 'backendRefs')
    .filter(isMap)
    .find((ref) => ref['kind'] === 'Service' && ref['name'] === service);
}

function withRef(rule: Rule, ref: JsonMap): Rule {
  const refs = listAt(rule, 'backendRefs');
  const index = refs.findIndex((one) => at(one, 'kind') === 'Service' && at(one, 'name') === ref['name']);
  return { ...rule, backendRefs: index < 0 ? [...refs, ref] : refs.with(index, ref) };
}

/** A rule of the canary stays when weights follow: it has no stable backend (T43). */
function withWeights(rules: readonly Rule[], weight: number, stable: string, canary: string): readonly Rule[] {
  return rules.map((rule) => {
    const ref = refIn(rule, stable);
    if (ref === undefined) return rule;
    const other = refIn(rule, canary) ?? { ...ref, name: canary };
    return withRef(withRef(rule, { ...ref, weight: 100 - weight }), { ...other, weight });
  });
}

function withMatches(
  rules: readonly Rule[],
  matches: readonly Match[],
  stable: string,
  canary: string,
): readonly Rule[] {
  let withPath = matches.filter((match) => match.path !== undefined);
  const withoutPath = matches.filter((match) => match.path === undefined);
  const kept: Rule[] = [];
  const added: Rule[] = [];
  for (const rule of rules) {
    if (refIn(rule, canary) !== undefined) continue;
    kept.push(rule);
    const ref = refIn(rule, stable);
    if (ref === undefined) continue;
    const made: Json[] = withPath.map((match) => parts(match, {}));
    withPath = [];
    if (withoutPath.length === 0 && made.length === 0) continue;
    for (const base of listAt(rule, 'matches').filter(isMap)) {
      // The engine takes headers by position in the whole list, not in the list without paths (kruise.md 5).
      for (const [index] of withoutPath.entries()) made.push(parts({ ...matches[index], path: undefined }, base));
    }
    added.push({ ...rule, backendRefs: [{ ...ref, name: canary }], matches: made });
  }
  return [...kept, ...added];
}

function parts(
  match: {
    readonly path?: Match['path'] | undefined;
    readonly headers?: Match['headers'];
    readonly queryParams?: Match['queryParams'];
  },
  base: JsonMap,
): JsonMap {
  const headers = [...listAt(base, 'headers'), ...((match.headers ?? []) as readonly Json[])];
  const queryParams = [...listAt(base, 'queryParams'), ...((match.queryParams ?? []) as readonly Json[])];
  return {
    ...base,
    ...(match.path === undefined ? {} : { path: { ...match.path } }),
    ...(headers.length === 0 ? {} : { headers }),
    ...(queryParams.length === 0 ? {} : { queryParams }),
  };
}

function withoutCanary(rules: readonly Rule[], stable: string, canary: string): readonly Rule[] {
  return rules.flatMap((rule) => {
    const refs = listAt(rule, 'backendRefs').filter(
      (ref) => !(at(ref, 'kind') === 'Service' && at(ref, 'name') === canary),
    );
    const ref = refIn(rule, stable);
    const next: Rule = { ...rule, backendRefs: refs };
    const restored = ref === undefined ? next : withRef(next, { ...ref, weight: 1 });
    return listAt(restored, 'backendRefs').length === 0 ? [] : [restored];
  });
}
