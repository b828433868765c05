import type { Json, JsonObject } from '../release/json.ts';
import { groupOf } from '../release/kinds.ts';
import { type Duty, duties, has, type Right, type RightVerb, rightVerbs } from '../release/right.ts';
import { type Subject, subjectInBinding } from '../release/subject.ts';

/** An object to apply, with comments above parts of it. */
export interface Commented {
  readonly value: JsonObject;
  readonly remarks: readonly { readonly path: readonly (string | number)[]; readonly lines: readonly string[] }[];
}

/** A right, and the namespace of the delivery that commands use it for. */
export interface OwnedRight {
  readonly owner: string;
  readonly right: Right;
}

/** A rule of a role, with what each of its verbs is for. */
export interface Rule {
  readonly group: string;
  readonly resource: string;
  /** Null for every object. */
  readonly names: readonly string[] | null;
  readonly verbs: readonly RightVerb[];
  readonly whys: readonly string[];
}

/** A role: what a duty takes in one place. */
export interface DutyRole {
  readonly duty: Duty;
  readonly name: string;
  /** Null for a ClusterRole. */
  readonly namespace: string | null;
  readonly rules: readonly Rule[];
}

/**
 * The roles of a duty. Those in the namespace of a delivery are called `stepgate-DUTY`. What its commands use elsewhere is in roles
 * that are called after that namespace too, so that no role of another delivery there has the same name.
 */
export function dutyRoles(duty: Duty, rights: readonly OwnedRight[]): readonly DutyRole[] {
  const mine = rights.filter(({ right }) => has(duty, right));
  const places = Map.groupBy(mine, ({ owner, right: { namespace } }) =>
    JSON.stringify([namespace, namespace === owner ? null : owner]),
  );
  return [...places.values()].flatMap((placed) => {
    const [first] = placed;
    if (first === undefined) return [];
    const { owner, right } = first;
    const name = right.namespace === owner ? `stepgate-${duty}` : `stepgate-${duty}.${owner}`;
    return [{ duty, name, namespace: right.namespace, rules: rulesOf(placed.map((one) => one.right)) }];
  });
}

const API = 'rbac.authorization.k8s.io';

/** A role, and its binding where somebody is named. */
export function roleDocuments(role: DutyRole, subjects: readonly Subject[]): readonly Commented[] {
  const { duty, name, namespace, rules } = role;
  const prefix = namespace === null ? 'Cluster' : '';
  const metadata = {
    name,
    ...(namespace === null ? {} : { namespace }),
    labels: { 'app.kubernetes.io/managed-by': 'stepgate' },
  };
  const apiVersion = `${API}/v1`;
  const { what, commands } = duties[duty];
  const made = {
    value: { apiVersion, kind: `${prefix}Role`, metadata, rules: rules.map(ruleJson) },
    remarks: [
      { path: [], lines: [`${commands.map((one) => `stepgate ${one}`).join(', ')}: ${what}`] },
      ...rules.map(({ whys }, index) => ({ path: ['rules', index], lines: whys })),
    ],
  };
  if (subjects.length === 0) return [made];
  const roleRef = { apiGroup: API, kind: `${prefix}Role`, name };
  const binding = {
    apiVersion,
    kind: `${prefix}RoleBinding`,
    metadata,
    roleRef,
    subjects: subjects.map(subjectInBinding),
  };
  return [made, { value: binding, remarks: [] }];
}

function ruleJson({ group, resource, names, verbs }: Rule): Json {
  return {
    apiGroups: [group],
    resources: [resource],
    ...(names === null ? {} : { resourceNames: names }),
    verbs,
  };
}

/** A verb on a resource, of one object or of all, with what it is for. */
interface Grant {
  readonly group: string;
  readonly resource: string;
  readonly name: string | null;
  readonly verb: RightVerb;
  readonly why: string;
}

function grantsOf({
  kind,
  part,
  names = [null],
  verbs,
  why,
  without,
}: Omit<Right, 'names'> & { readonly names?: readonly (string | null)[] }): readonly Grant[] {
  const resource = part === undefined ? kind.plural : `${kind.plural}/${part}`;
  const told = without === undefined ? why : `${why}; optional: without it, ${without}`;
  return names.flatMap((name) => verbs.map((verb) => ({ group: groupOf(kind), resource, name, verb, why: told })));
}

/** The fewest rules that say the rights: a rule for the objects of a resource with the same verbs for the same reasons. */
function rulesOf(rights: readonly Right[]): readonly Rule[] {
  const grants = rights.flatMap(grantsOf);
  const onAll = new Set(grants.filter(({ name }) => name === null).map(keyOf));
  const needed = grants.filter((grant) => grant.name === null || !onAll.has(keyOf(grant)));
  const objects = Map.groupBy(needed, ({ group, resource, name }) => JSON.stringify([group, resource, name]));
  const made = [...objects.values()].flatMap((of) => {
    const [first] = of;
    if (first === undefined) return [];
    const { group, resource, name } = first;
    const verbs = rightVerbs.filter((verb) => of.some((one) => one.verb === verb));
    return [{ group, resource, name, verbs, whys: whysOf(of) }];
  });
  const alike = Map.groupBy(made, ({ name, ...rest }) => JSON.stringify([name === null, rest]));
  return [...alike.values()].flatMap((of) => {
    const [first] = of;
    if (first === undefined) return [];
    const { name, ...rest } = first;
    return [{ ...rest, names: name === null ? null : of.flatMap((one) => one.name ?? []) }];
  });
}

function keyOf({ group, resource, verb }: Grant): string {
  return JSON.stringify([group, resource, verb]);
}

/** `list, watch: which pods are ready`, a line for each reason. */
function whysOf(grants: readonly Grant[]): readonly string[] {
  return [...Map.groupBy(grants, ({ why }) => why)].map(([why, of]) => {
    const verbs = rightVerbs.filter((verb) => of.some((one) => one.verb === verb));
    return `${verbs.join(', ')}: ${why}`;
  });
}
