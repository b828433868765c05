import { at, isMap, type Json, type JsonMap, listAt, mapAt, same, textAt } from '../../api/json.ts';
import { asMap } from '../../api/things.ts';
import type { Match } from '../types.ts';
import { manager } from '../words.ts';
import { must, type Provider, type RouteContext } from './provider.ts';

type Rule = JsonMap;

/** Changes the rules of the route: weights, or extra rules for the new version. */
export function httpRoute(context: RouteContext, name: string): Provider {
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
          : withWeights(rules, share.weight ?? 0, stable, canary),
      ),
    finalise() {
      if (world.api.get('HTTPRoute', namespace, name) === undefined) return false;
      return change((rules) => withoutCanary(rules, stable, canary));
    },
  };
}

function isTo(ref: Json, service: string): boolean {
  return at(ref, 'kind') === 'Service' && at(ref, 'name') === service;
}

function refIn(rule: Rule, service: string): JsonMap | undefined {
  return listAt(rule, 'backendRefs')
    .filter(isMap)
    .find((ref) => isTo(ref, service));
}

function withRef(rule: Rule, ref: JsonMap): Rule {
  const refs = listAt(rule, 'backendRefs');
  const index = refs.findIndex((one) => isTo(one, textAt(ref, 'name')));
  return { ...rule, backendRefs: index < 0 ? [...refs, ref] : refs.with(index, ref) };
}

/** A rule of the canary stays in later steps with weights, because it has no stable backend (T43). */
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
      // The engine finds headers by their position in the whole list, not in the list without paths (docs/engine.md#traffic).
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
  const headers = [...listAt(base, 'headers'), ...(match.headers ?? [])];
  const queryParams = [...listAt(base, 'queryParams'), ...(match.queryParams ?? [])];
  return {
    ...base,
    ...(match.path === undefined ? {} : { path: { ...match.path } }),
    ...(headers.length === 0 ? {} : { headers }),
    ...(queryParams.length === 0 ? {} : { queryParams }),
  };
}

function withoutCanary(rules: readonly Rule[], stable: string, canary: string): readonly Rule[] {
  return rules.flatMap((rule) => {
    const refs = listAt(rule, 'backendRefs').filter((ref) => !isTo(ref, canary));
    const ref = refIn(rule, stable);
    const next: Rule = { ...rule, backendRefs: refs };
    const restored = ref === undefined ? next : withRef(next, { ...ref, weight: 1 });
    return listAt(restored, 'backendRefs').length === 0 ? [] : [restored];
  });
}
