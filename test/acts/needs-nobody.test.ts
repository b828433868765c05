import { describe, expect, test } from 'vitest';
import { noRepo } from '../../src/adapters/no-repo.ts';
import { environmentError, inputError } from '../../src/release/error.ts';
import type { Changed, Files } from '../support/memory-git.ts';
import { config, manifest } from './files.ts';
import { outcome, type RunOptions, type Shop, shopWith } from './shop.ts';

/** Something that keeps stable from being rendered, or Git from being asked: the pods have to go back all the same. */
interface Row {
  readonly name: string;
  /** What the repository has from the beginning. */
  readonly files?: Files;
  /** What changes with v2. */
  readonly v2?: Changed;
  /** What happens before the rollback, and how it is run. */
  readonly before?: (shop: Shop) => RunOptions;
  /** Exit code and code of the rollback, and what Git names then. */
  readonly told: readonly [number, string, string];
  /** Whoever mends it, for the next tick; null where it stays so. */
  readonly mend?: (shop: Shop) => void;
  /** The same of that tick; as the rollback where it is left out. */
  readonly later?: readonly [number, string, string];
}

const kustomize = { 'stepgate.yaml': config({ source: '{ kustomize: deploy }' }) };
const own = { ...kustomize, 'deploy/kustomization.yaml': 'resources: [shop.yaml]' };
const based = { ...own, 'deploy/kustomization.yaml': 'resources: [shop.yaml, "https://example.com/base"]' };
const service = (color: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: base }\ndata: { color: ${color} }\n`;
const back = [0, 'ROLLED_BACK', 'v1'] as const;
/** A clone of somebody who cloned only now. */
const fresh = (shop: Shop): RunOptions => ({ clone: shop.origin.clone() });

const rows: readonly Row[] = [
  { name: 'nothing is in the way', told: back },
  {
    name: 'the manifests have moved',
    v2: {
      'deploy/shop.yaml': null,
      'k8s/app.yaml': manifest('v2'),
      'stepgate.yaml': config({ source: '{ files: [k8s/*.yaml] }' }),
    },
    told: back,
  },
  { name: 'the manifests were turned into kustomize', v2: own, told: back },
  {
    name: 'kustomize is missing',
    files: own,
    before: () => ({ kustomize: 'missing' }),
    told: [3, 'TOOL_MISSING', 'v2'],
    later: back,
  },
  {
    name: 'the remote base is gone',
    files: based,
    before(shop) {
      shop.base = null;
      return {};
    },
    told: [3, 'SOURCE_INVALID', 'v2'],
    mend(shop) {
      shop.base = service('blue');
    },
    later: back,
  },
  {
    name: 'Git does not answer, and the clone lacks the commit of stable',
    before(shop) {
      const { clone } = fresh(shop);
      shop.origin.away = true;
      return { ...(clone === undefined ? {} : { clone: lacking(shop, clone) }) };
    },
    told: [3, 'GIT_SHALLOW', 'v2'],
    mend(shop) {
      shop.origin.away = false;
    },
    later: back,
  },
  {
    name: 'Git does not answer, and the clone has all of it',
    before(shop) {
      shop.origin.away = true;
      return {};
    },
    told: [3, 'GIT_PUSH_FAILED', 'v2'],
    mend(shop) {
      shop.origin.away = false;
    },
    later: back,
  },
  {
    name: 'a rule of the server refuses the revert',
    before(shop) {
      shop.origin.closed = true;
      return {};
    },
    told: [3, 'GIT_PUSH_FAILED', 'v2'],
    mend(shop) {
      shop.origin.closed = false;
    },
    later: back,
  },
  {
    name: "stable's commit is in no clone any more",
    before(shop) {
      shop.origin.squash();
      return fresh(shop);
    },
    told: [3, 'REF_UNKNOWN', 'v2'],
    mend(shop) {
      shop.push('v1');
    },
    later: back,
  },
  {
    name: 'the config has become invalid',
    before(shop) {
      shop.origin.commit({ 'stepgate.yaml': 'version: 1\ndeliveries: nonsense\n' });
      return {};
    },
    told: [3, 'CONFIG_INVALID', 'v2'],
    mend(shop) {
      shop.origin.commit({ 'stepgate.yaml': config() });
    },
    later: back,
  },
  {
    name: 'the config is gone',
    before(shop) {
      shop.origin.commit({ 'stepgate.yaml': null });
      return {};
    },
    told: [3, 'CONFIG_NOT_FOUND', 'v2'],
    mend(shop) {
      shop.origin.commit({ 'stepgate.yaml': config() });
    },
    later: back,
  },
  {
    name: 'the folder is empty',
    before(shop) {
      const clone = shop.origin.clone();
      return {
        pull: false,
        clone: { ...clone, repo: noRepo(inputError('GIT_FAILED', 'there is no repository here')) },
      };
    },
    told: [3, 'GIT_FAILED', 'v2'],
    later: back,
  },
];

/** A clone without the commit that is stable, as a shallow one is. */
function lacking(shop: Shop, clone: NonNullable<RunOptions['clone']>): NonNullable<RunOptions['clone']> {
  const stable = shop.record().history.at(-1)?.commit ?? '';
  const gone = async () => {
    throw environmentError('GIT_SHALLOW', `to have commit ${stable}, this clone is too shallow`);
  };
  const { repo } = clone;
  const without: typeof repo = {
    ...repo,
    has: async (commit) => commit !== stable && repo.has(commit),
    ensureHistory: async () => false,
    read: async (commit, path) => (commit === stable ? gone() : repo.read(commit, path)),
    files: async (commit, folder) => (commit === stable ? gone() : repo.files(commit, folder)),
  };
  return { ...clone, repo: without };
}

async function opened({ files = {} }: Row): Promise<Shop> {
  const shop = await shopWith(['v1'], { files, base: service('blue') });
  return shop;
}

describe.for(['in mid-release', 'after delivery'] as const)('a rollback %s, where', (when) => {
  test.for(rows)('$name', async (row) => {
    using shop = await opened(row);
    const ada = shop.person('ada');
    shop.push('v2', { files: row.v2 ?? {} });
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    if (when === 'after delivery') {
      await ada('promote');
      expect(await ada('tick --until done')).toMatchObject({ code: 'DELIVERED' });
      expect(shop.pods()).toBe('v2:4');
    }
    const options = row.before?.(shop) ?? {};
    const told = await ada('rollback --delivery shop --reason slow', options);
    expect({ ...outcome(shop, told), pods: shop.pods() }).toEqual({
      ...{ exit: row.told[0], code: row.told[1], git: row.told[2] },
      ...{ live: 'v1', holds: 1, pods: 'v1:4' },
    });
    expect(shop.record().rollback).toMatchObject({ cluster: 'done', git: row.told[0] === 0 ? 'done' : 'todo' });
    if (row.later === undefined) return;
    row.mend?.(shop);
    const tick = await shop.person('ci')('tick');
    expect(outcome(shop, tick)).toEqual({
      ...{ exit: row.later[0], code: row.later[1], git: row.later[2] },
      ...{ live: 'v1', holds: 1 },
    });
    expect(shop.record().rollback).toMatchObject({ cluster: 'done', git: 'done', beside: 'done' });
  });
});

test.for(['in its first step', 'ready and down again'] as const)(
  'by policy, with Git away: a release %s',
  async (when) => {
    const rollback = 'rollback: { on: [stuck, unready], stuckAfter: 5m }';
    using shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ more: [rollback] }) } });
    const ci = shop.person('ci');
    shop.push(when === 'in its first step' ? 'v2:broken' : 'v2');
    await ci('deploy');
    if (when === 'ready and down again') shop.down('v2');
    await shop.wait('6m');
    shop.origin.away = true;
    expect(outcome(shop, await ci('tick'))).toEqual({
      exit: 3,
      code: 'GIT_PUSH_FAILED',
      live: 'v1',
      git: shop.git(),
      holds: 1,
    });
    expect(shop.pods()).toBe('v1:4');
    shop.origin.away = false;
    expect(outcome(shop, await ci('tick'))).toEqual({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 });
  },
);

// The first write is the record, which says that a rollback is under way.
test.for([2, 3, 4, 5, 6])(
  'a run that dies at write %d of a rollback is finished by ticks, with Git away or not',
  async (dies) => {
    using shop = await shopWith(['v1', 'v2']);
    const [ada, ci] = [shop.person('ada'), shop.person('ci')];
    await ada('rollback --reason slow', { dies });
    shop.origin.away = true;
    expect(outcome(shop, await ci('tick'))).toMatchObject({ exit: 3, live: 'v1', git: 'v2', holds: 1 });
    expect(shop.pods()).toBe('v1:4');
    shop.origin.away = false;
    expect(outcome(shop, await ci('tick'))).toMatchObject({ exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1' });
  },
);
