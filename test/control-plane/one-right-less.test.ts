import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/release/report.ts';
import { duties, isDuty } from '../../src/release/right.ts';
import { type Grant, grantsIn } from '../support/roles.ts';
import { waitFor } from './fixture.ts';
import { type Account, accounts, grant, opened, permissions, settings } from './permissions-fixture.ts';
import type { Shop } from './shop.ts';

const keyOf = (duty: string, { verb, resource, name }: Grant) =>
  `${duty}: ${verb} ${resource}${name === null ? '' : ` ${name}`}`;

/**
 * What this test does not come to: nothing here has logged, a deploy takes back by the policy alone, a rollback can read Git, and both
 * ways to approve wait alike.
 */
const elsewhere = [
  'logs: get pods/log',
  'deploy: list replicasets',
  'rollback: list configmaps',
  'answer: list configmaps',
  'promote-by-plan: watch deployments',
  'promote-by-plan: watch pods',
  // doctor.test.ts
  'doctor: get batchreleases shop',
  'doctor: get deployments kruise-rollout-controller-manager',
  'doctor: get endpoints kruise-rollout-webhook-service',
];

/** The rights without which no command was run. A duty that includes others does what they do. */
function unproven(all: ReadonlyMap<string, readonly Grant[]>, proven: ReadonlySet<string>): readonly string[] {
  const left = [...all].flatMap(([duty, grants]) => {
    const includes = isDuty(duty) ? duties[duty].includes : [];
    return grants
      .filter((one) => one.namespace !== null)
      .filter((one) => ![duty, ...includes].some((by) => proven.has(keyOf(by, one))))
      .map((one) => keyOf(duty, one));
  });
  return left.filter((key) => !elsewhere.includes(key));
}

/** What only findings use. */
const optional = 'horizontalpodautoscalers resourcequotas limitranges poddisruptionbudgets';
const are =
  (verbs: string, resources = '') =>
  ({ verb, resource }: Grant) =>
    verbs.split(' ').includes(verb) && (resources === '' || resources.split(' ').includes(resource));
const isOptional = are('list', optional);
const seen = 'rollouts deployments';

/** The rights of every role, and those that a command has done without or has named. */
const all = new Map<string, readonly Grant[]>();
const proven = new Set<string>();

/** Takes rights away from roles in a shop. */
async function lessening(it: Shop) {
  const { namespace } = it;
  const printed = grantsIn(await permissions(it));
  for (const [duty, grants] of printed) all.set(duty, grants);
  let made = 0;

  const roleOf = (duty: string) => (printed.get(duty) ?? []).filter((one) => one.namespace !== null);

  /** An account with the role of a duty, but for the grants that `without` picks. */
  async function less(duty: string, without: (grant: Grant) => boolean = () => false): Promise<Account> {
    made += 1;
    const [account] = await accounts(namespace, [`${duty}-${made}`]);
    if (account === undefined) throw new Error('there is no account');
    await grant(
      namespace,
      account,
      roleOf(duty).filter((one) => !without(one)),
    );
    return account;
  }

  /** Runs a command line once for each grant that is picked, without it. */
  async function each(duty: string, line: string, pick: (grant: Grant) => boolean, may = ''): Promise<void> {
    for (const taken of roleOf(duty).filter((one) => pick(one) && !proven.has(keyOf(duty, one)))) {
      const account = await less(duty, (one) => one === taken);
      const { code, stdout, stderr } = await it.as(account).stepgate(...line.split(' '));
      // One report, or with --watch a line for each.
      const last = stdout.trimEnd().startsWith('{\n') ? stdout : (stdout.trimEnd().split('\n').at(-1) ?? '');
      const { error: whole, deliveries } = JSON.parse(last) as Report;
      const error = whole ?? deliveries[0]?.error;
      if (may !== '' && code === 0) continue;
      const told = `${line} without ${keyOf(duty, taken)}:\n${stderr}`;
      expect([code, error?.code], told).toEqual([3, 'CLUSTER_FORBIDDEN']);
      const { verb, resource, group } = taken;
      expect(error?.message, told).toContain(
        `cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "${namespace}"`,
      );
      expect(error?.hint, told).toContain('stepgate permissions prints the role of each command');
      proven.add(keyOf(duty, taken));
    }
  }

  /** Runs a command line once without all the grants that are picked: it does what it does, or says what is missing. */
  async function without(duty: string, line: string, pick: (grant: Grant) => boolean) {
    const taken = roleOf(duty).filter(pick);
    expect(taken.length).toBeGreaterThan(0);
    const account = await less(duty, pick);
    const ended = await it.as(account).stepgate(...line.split(' '));
    for (const one of taken) proven.add(keyOf(duty, one));
    return ended;
  }

  async function whole(duty: string, line: string) {
    const ended = await it.as(await less(duty)).stepgate(...line.split(' '));
    expect([ended.code, ended.delivery.error], `${line}\n${ended.stderr}`).toEqual([0, null]);
    return ended;
  }

  /** Waits until the release waits for an approval of this step. */
  const at = (step: string) =>
    waitFor(
      async () => {
        const { delivery } = await it.stepgate('status');
        return delivery.reason === 'GATE_SHUT' && delivery.step?.name === step;
      },
      { what: `step ${step}`, every: 500 },
    );

  return { each, without, whole, at };
}

/**
 * One right less, for every right of the printed roles: the command says which one is missing, or does without as the role's comment
 * says. The commands run in an order in which each still needs what was taken away: a run that fails has written nothing, but for
 * the last of each list.
 */
describe('one right less', () => {
  test.concurrent('is told by who plans, holds, looks and deploys', { timeout: 900_000 }, async () => {
    await using it = await opened();
    const { each, without, whole } = await lessening(it);
    const { namespace } = it;
    // Nothing is there yet.
    await each('plan', 'plan', (one) => !isOptional(one) && one.resource !== 'pods');
    expect((await without('plan', 'plan', isOptional)).code).toBe(0);
    await each('hold', 'hold', are('list create', seen));
    await each('deploy', 'deploy', are('list create', seen));
    await each('deploy', 'deploy', are('create', 'configmaps'));
    await each('deploy', 'deploy', are('get patch', 'deployments configmaps'));
    await each('deploy', 'deploy', are('patch', 'rollouts'));
    await whole('hold', 'hold');
    await each('hold', 'hold', are('patch'));
    await whole('hold', 'resume');
    expect((await without('deploy', 'deploy', isOptional)).code).toBe(0);

    // v1 is delivered, and other settings wanted.
    await it.release('app:v1', settings('c'));
    const uncopied = await without('deploy', 'deploy', are('list delete', 'configmaps'));
    expect([uncopied.code, uncopied.delivery.reason], uncopied.stderr).toEqual([0, 'DELIVERED']);
    expect(uncopied.stderr).toContain("copies of configmaps can't be used");

    // v1 is delivered, and v2 wanted. A deploy without a watch has written the workload before it has to wait.
    await it.release('app:v2');
    await each('plan', 'plan', are('list', 'pods'));
    await each('hold', 'hold', are('list', 'pods'));
    await each('read', 'status', are('list'));
    await each('import', `import --namespace ${namespace}`, are('list'));
    await each('deploy', 'deploy', are('list', 'pods'));
    await each('deploy', 'deploy', are('get', 'rollouts'));
    for (const resource of ['rollouts', 'deployments', 'pods']) {
      await it.release(`app:v2-${resource}`);
      await each('deploy', 'deploy', are('watch', resource));
    }
    await each('deploy', 'deploy --until done', are('patch', 'rollouts/status'));
  });

  test.concurrent('is told by who promotes, watches and rolls back', { timeout: 900_000 }, async () => {
    await using it = await opened();
    const { each, without, whole, at } = await lessening(it);
    await whole('deploy', 'deploy');
    await it.release('app:v2', settings('c'));
    await whole('deploy', 'deploy');
    await whole('tick', 'tick');

    // v2 waits at its second step. What is approved without a watch has left its step when the run has to wait.
    await at('two');
    await each('promote', 'promote', are('list patch'));
    await each('promote-by-plan', 'promote --method plan', are('list'));
    await each('promote-by-plan', 'promote --method plan', are('patch'));
    // A run that comes while the engine is between two steps keeps the approval and ends, without a wait.
    const waits = [
      ['promote', 'promote', 'rollouts'],
      ['promote', 'promote', 'deployments'],
      ['promote', 'promote', 'pods'],
      ['promote-by-plan', 'promote --method plan', 'rollouts'],
    ] as const;
    for (const step of ['two', 'three', 'four', 'five', 'six', 'seven', 'eight']) {
      await at(step);
      // The engine passes the step after the last of these by itself.
      if (step === 'eight') await each('read', 'status --watch', are('watch'));
      const next = waits.find(([duty, , resource]) => !proven.has(`${duty}: watch ${resource}`));
      if (next === undefined) {
        await whole('promote', 'promote');
      } else {
        const [duty, line, resource] = next;
        await each(duty, line, are('watch', resource), 'or ends before');
      }
      if (step !== 'eight') await whole('tick', 'tick');
    }
    expect((await whole('tick', 'tick --until done')).delivery.reason).toBe('DELIVERED');

    // v2 is delivered, so the engine goes back step by step. Only the first of these runs finds the record unwritten.
    await each('rollback', 'rollback --dry-run', are('get', 'deployments'));
    // An object that may not be read is left where it is.
    expect((await without('rollback', 'rollback --dry-run', are('get', 'configmaps'))).code).toBe(0);
    await each('rollback', 'rollback', are('list', `${seen} pods`));
    await each('rollback', 'rollback', are('patch', 'rollouts'));
    // The first run that writes the record would restore the ConfigMap.
    const left = (one: Grant) => are('create patch', 'configmaps')(one) || are('patch', 'deployments')(one);
    const unrestored = await without('rollback', 'rollback', left);
    expect(unrestored.stderr).toContain('ConfigMap shop is left as it is');
    expect([unrestored.code, unrestored.delivery.error?.code]).toEqual([3, 'CLUSTER_FORBIDDEN']);
    expect(unrestored.delivery.error?.message).toContain('cannot patch resource "deployments"');
    await each('rollback', 'rollback', are('list', 'replicasets'));
    await each('rollback', 'rollback', are('watch'));
    await each('rollback', 'rollback', are('patch', 'rollouts/status'));
    expect((await whole('rollback', 'rollback')).delivery.state).toBe('rolledBack');

    await it.repo.git('pull', '-q', '--rebase', 'origin', 'main');
    await it.release('app:broken');
    await it.stepgate('deploy', '--timeout', '20s');
    const unread = await without('logs', 'status --logs', are('list', 'events'));
    expect(unread.delivery.diagnosis?.missing.join(), unread.stderr).toContain('events of');
  });

  test.concurrent('is told by who takes over and gives up', { timeout: 900_000 }, async () => {
    await using it = await opened();
    const { each, whole } = await lessening(it);
    const { namespace, repo } = it;
    const policy = async (change: (text: string) => string) => {
      const text = await readFile(join(repo.folder, 'stepgate.yaml'), 'utf8');
      await it.release('app:v1', { 'stepgate.yaml': change(text) });
    };
    await whole('deploy', 'deploy');
    const rests = async () => {
      const { state } = (await it.stepgate('status')).delivery;
      return state === 'done' || state === 'idle';
    };
    await waitFor(rests, { what: 'v1', every: 500, timeout: 60_000 });

    await policy((text) => text.replace('delivery: shop', 'delivery: store'));
    const adopt = 'adopt --delivery store --owner shop';
    await each('adopt', adopt, are('list'));
    // An object that was taken over is not asked for again.
    for (const resource of ['configmaps', 'deployments', 'rollouts']) {
      await each('adopt', adopt, are('get', resource));
      await each('adopt', adopt, are('patch', resource));
    }
    await whole('adopt', adopt);
    await waitFor(rests, { what: 'the new name', every: 500, timeout: 60_000 });

    await policy((text) => text.replaceAll(/delivery: store|name: shop/g, (found) => found.replace(/ \w+/, ' other')));
    const retire = `retire --delivery store --namespace ${namespace}`;
    await each('retire', retire, are('list'));
    await each('retire', retire, are('patch'));
    await each('retire', retire, are('delete'));
    expect((await whole('retire', retire)).delivery.reason).toBe('RETIRED');
  });

  test('is told for every right of every role', () => {
    expect(unproven(all, proven)).toEqual([]);
  });
});
