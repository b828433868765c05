import { describe, expect, test } from 'vitest';
import type { PodsChange, RunsPods } from '../../src/release/beside-workloads.ts';
import type { Mark, Order } from '../../src/release/owner.ts';
import { type Claim, type Existence, markAfter, standingOf } from '../../src/release/standing.ts';

const commit = (digit: number) => String(digit).repeat(40);
const none: Mark = { owner: null, commits: new Map() };
const worker: RunsPods = { title: 'Deployment/worker', names: ['Deployment/worker'], runs: 'always', template: {} };
const of = (owner: string): Mark => ({ owner, commits: new Map([[owner, commit(1)]]) });

interface Row {
  readonly runs?: 'always' | 'once';
  readonly change?: PodsChange;
  readonly named?: true;
  readonly isOwn?: true;
  readonly workloadOf?: string;
  readonly mark?: string;
  readonly owner?: Existence;
  readonly sharer?: { readonly order: Order; readonly inPolicy?: false };
  readonly purpose?: 'restore';
}

const stands = ({ runs, change = 'none', named, isOwn, workloadOf, mark, owner, sharer, purpose }: Row) =>
  standingOf({
    delivery: { name: 'shop', ...(named === undefined ? {} : { ungated: ['Deployment/worker'] }) },
    isOwn: isOwn ?? false,
    title: 'Deployment/worker',
    runs: runs === undefined ? null : { pods: { ...worker, runs }, change },
    workloadOf: workloadOf ?? null,
    mark: mark === undefined ? none : of(mark),
    owner: owner ?? { is: 'gone' },
    sharers:
      sharer === undefined
        ? []
        : [{ delivery: 'cart', commit: commit(2), order: sharer.order, inPolicy: sharer.inPolicy ?? true }],
    purpose: purpose ?? 'deploy',
  } satisfies Claim).is;

const here: Existence = { is: 'in the policy', claims: false };
const claims: Existence = { is: 'in the policy', claims: true };
const elsewhere: Existence = { is: 'in the cluster' };

describe('a workload', () => {
  test.for<[string, Row, string]>([
    ['not named, unchanged', { runs: 'always' }, 'write'],
    ['not named, new', { runs: 'always', change: 'create' }, 'unnamed'],
    ['not named, with another template', { runs: 'always', change: 'template' }, 'unnamed'],
    ['not named, never compared', { runs: 'always', change: 'unknown' }, 'write'],
    ['a Job', { runs: 'once', change: 'create' }, 'write'],
    ['named', { runs: 'always', change: 'template', named: true }, 'write'],
    ['the own one', { runs: 'always', change: 'template', isOwn: true }, 'write'],
    ["another delivery's by the policy", { runs: 'always', workloadOf: 'cart' }, 'foreign'],
    [
      "another delivery's by the policy, although named",
      { runs: 'always', workloadOf: 'cart', named: true },
      'foreign',
    ],
    ['marked by one that claims it too', { runs: 'always', named: true, mark: 'cart', owner: claims }, 'foreign'],
    ['marked by one that has let it go', { runs: 'always', named: true, mark: 'cart', owner: here }, 'write'],
    ['marked by one that has let it go, and not named', { runs: 'always', mark: 'cart', owner: here }, 'foreign'],
    ["marked by another repository's", { runs: 'always', named: true, mark: 'cart', owner: elsewhere }, 'foreign'],
    [
      "the own one, marked by another repository's",
      { runs: 'always', isOwn: true, mark: 'cart', owner: elsewhere },
      'foreign',
    ],
    ['marked by one that is gone', { runs: 'always', named: true, mark: 'cart' }, 'write'],
    ['marked by itself', { runs: 'always', named: true, mark: 'shop' }, 'write'],
  ])('%s', ([, row, is]) => expect(stands(row)).toBe(is));

  test.for<[string, Row, string]>([
    ["another delivery's", { runs: 'always', workloadOf: 'cart' }, 'leave'],
    ['not named, and not written by this one', { runs: 'always', change: 'template' }, 'leave'],
    ['not named any more, and written by this one', { runs: 'always', change: 'template', mark: 'shop' }, 'write'],
    ['named', { runs: 'always', change: 'template', named: true }, 'write'],
  ])('in a rollback: %s', ([, row, is]) => expect(stands({ ...row, purpose: 'restore' })).toBe(is));
});

describe('a shared object', () => {
  test.for<[Order, string, string, string]>([
    // The other one has: a deploy, the same where only the cluster has it, a rollback.
    ['same', 'write', 'write', 'write'],
    ['newer', 'write', 'write', 'write'],
    ['older', 'leave', 'leave', 'leave'],
    ['unrelated', 'write', 'foreign', 'leave'],
    ['unknown', 'write', 'foreign', 'leave'],
  ])('from a commit that is %s', ([order, deploy, foreign, restore]) => {
    expect([
      stands({ sharer: { order } }),
      stands({ sharer: { order, inPolicy: false } }),
      stands({ sharer: { order }, purpose: 'restore' }),
    ]).toEqual([deploy, foreign, restore]);
  });
});

describe('the mark after a write', () => {
  const mark: Mark = {
    owner: 'cart',
    commits: new Map([
      ['cart', commit(1)],
      ['old', commit(3)],
    ]),
  };
  const others = new Set(['cart']);
  const commits = { cart: commit(1), shop: commit(2) };

  test.for<[string, boolean, ReadonlySet<string>, string]>([
    ['of another content is that of the writer', true, others, 'shop'],
    ['of the same content stays with who wrote it', false, others, 'cart'],
    ['of the same content is taken from one that is gone', false, new Set(), 'shop'],
  ])('%s', ([, changes, alive, owner]) => {
    const next = markAfter('shop', commit(2), { mark, others: alive, changes });
    expect([next.owner, Object.fromEntries(next.commits)]).toEqual([
      owner,
      alive.has('cart') ? commits : { shop: commit(2) },
    ]);
  });
});
