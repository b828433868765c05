import type { Cluster } from '../../src/release/ports.ts';
import { type Duty, duties, isDuty } from '../../src/release/right.ts';
import { type Asked, allowing, authorised, type Grant, grantsIn } from '../support/roles.ts';
import type { RunOptions, Shop, Told } from './shop.ts';

/**
 * Commands with exactly the role that `stepgate permissions` prints for their duty, on a cluster that denies all else.
 */

const all = new Map<string, Grant>();
const used = new Set<string>();
const keyOf = (duty: string, { group, resource, verb }: Asked) =>
  `${duty}: ${verb} ${resource}${group === '' ? '' : `.${group}`}`;

/** What commands try and do without: the objects with records of the other targets. */
const tried = [
  'import: list approllouts.core.oam.dev',
  'import: list rollouts.rollouts.kruise.io',
  'deploy: list approllouts.core.oam.dev',
  'retire: list approllouts.core.oam.dev',
  'retire: list rollouts.rollouts.kruise.io',
];

/** Kinds that the embedded cluster does not serve, so nobody reads their objects there: test/control-plane/doctor.test.ts does. */
const unserved = [
  'batchreleases.rollouts.kruise.io',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
  'endpoints',
  'traitdefinitions.core.oam.dev',
].map((resource) => `doctor: get ${resource}`);

/** The duty that a command line is for. */
function dutyOf(line: string): Duty {
  const found = Object.entries(duties).findLast(([, { commands }]) =>
    commands.some((command) => command.split(' ').every((word) => line.split(' ').includes(word))),
  );
  if (found === undefined || !isDuty(found[0])) throw new Error(`no duty for ${line}`);
  return found[0];
}

export interface Scene {
  /** Runs a command line with the role of its duty. */
  run(line: string, options?: RunOptions): Promise<Told>;
  /** From here on the roles are those that are printed now. */
  keepRoles(): Promise<void>;
  readonly denied: readonly string[];
}

/** Runs commands in a shop. `denied` has what they asked for and their role does not allow. */
export function scene(shop: Shop, who = 'ada'): Scene {
  const denied: string[] = [];
  let kept: ReadonlyMap<string, readonly Grant[]> | null = null;
  const roles = async () => {
    if (kept !== null) return kept;
    const { text, log, error } = await shop.person(who)('permissions');
    if (error !== null) throw new Error(`${error.message}\n${log}`);
    const found = grantsIn(text);
    for (const [name, of] of found) for (const one of of) all.set(keyOf(name, one), one);
    return found;
  };
  return {
    denied,
    async keepRoles() {
      kept = await roles();
    },
    async run(line, options = {}) {
      const duty = dutyOf(line);
      const mine = (await roles()).get(duty) ?? [];
      const may = (asked: Asked) => {
        const by = allowing(mine, asked);
        for (const one of by) used.add(keyOf(duty, one));
        if (by.length === 0 && !tried.includes(keyOf(duty, asked)))
          denied.push(`${line}: ${asked.verb} ${asked.resource} ${asked.name ?? ''} in ${asked.namespace}`);
        return by.length > 0;
      };
      return shop.person(who)(line, { ...options, through: (cluster: Cluster) => authorised(cluster, may) });
    },
  };
}

/** Renames the delivery of a shop, and then gives it up, with the roles that were printed while the policy had it. */
export async function renameAndGiveUp(shop: Shop, { run, keepRoles }: Scene): Promise<readonly Told[]> {
  const policy = () => shop.origin.at(shop.origin.tip()).files['stepgate.yaml'] ?? '';
  const renamed = policy().replace('delivery: shop', 'delivery: store');
  shop.origin.commit({ 'stepgate.yaml': renamed });
  const adopted = await run('adopt --delivery store --owner shop');
  // The engine sees the new annotations.
  await shop.wait('10s');
  await keepRoles();
  shop.origin.commit({ 'stepgate.yaml': renamed.replaceAll('store', 'other').replaceAll('name: shop', 'name: other') });
  return [adopted, await run('retire --delivery store --namespace shop')];
}

/** What it comes to. */
export const givenUp = [
  { exit: 0, error: null },
  { exit: 0, code: 'RETIRED' },
];

/** The rights of the printed roles that no command of this file has used. A duty does what those do that it includes. */
export function unused(): readonly string[] {
  return [...all.keys()].filter((key) => !isUsed(key) && !unserved.includes(key));
}

function isUsed(key: string): boolean {
  const [duty = '', right] = key.split(': ');
  if (!isDuty(duty)) throw new Error(key);
  return [duty, ...duties[duty].includes].some((one) => used.has(`${one}: ${right}`));
}
