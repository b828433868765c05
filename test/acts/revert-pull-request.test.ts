import { describe, expect, test } from 'vitest';
import { type Forge, ForgeError } from '../../src/release/forge.ts';
import { type MemoryForge, memoryForge, OURS } from '../support/forge.ts';
import { config, environments, manifest, versionIn } from './files.ts';
import { outcome, type Shop, shopWith } from './shop.ts';

const shopYaml = (version: string) => ({ 'deploy/shop.yaml': manifest(version) });

interface Begins {
  /** What the plan says about rollbacks. */
  readonly policy?: string;
  /** Whether main refuses pushes. */
  readonly closed?: Shop['origin']['closed'];
  readonly delivered?: readonly string[];
}

/** v2 is at its first step, and main takes no push. */
async function releasing({ policy, closed = 'main', delivered = ['v1'] }: Begins = {}) {
  const more = policy === undefined ? [] : [`rollback: ${policy}`];
  const shop = await shopWith(delivered, { files: { 'stepgate.yaml': config({ more }) } });
  const forge = memoryForge(shop.now, shop.origin);
  shop.forge = forge;
  forge.person('ada', 'write');
  forge.person('outsider', 'read');
  const bad = shop.push('v2');
  const ada = shop.person('ada');
  await ada('deploy');
  const id = shop.id();
  shop.origin.closed = closed;
  const branch = `stepgate/revert/shop/${id}`;
  return { shop, forge, ada, bad, id, branch, pulls: () => pullsIn(forge), tick: () => shop.person('ci')('tick') };
}

/** v2 was rolled back, and its revert waits in a pull request. */
async function proposed(begins: Begins = {}) {
  const made = await releasing(begins);
  const told = await made.ada('rollback --reason slow');
  return { ...made, told, pull: made.forge.pull(made.branch) };
}

/** The states of the pull requests of reverts, oldest first. */
async function pullsIn(forge: MemoryForge): Promise<readonly string[]> {
  const found = await forge.as().pullRequestsFrom('stepgate/revert/', new AbortController().signal);
  return found.map(({ state }) => state).toReversed();
}

const waiting = { exit: 0, code: 'ROLLED_BACK_GIT_TODO', live: 'v1', git: 'v2', holds: 1 };
const done = { exit: 0, code: 'ROLLED_BACK', live: 'v1', git: 'v1', holds: 1 };

describe('where the branch refuses the revert', () => {
  test('it waits in a pull request, opened at once, and the run has done its part', async () => {
    const { shop, told, pull, id, bad, branch } = await proposed();
    using _ = shop;
    expect(outcome(shop, told)).toEqual(waiting);
    expect(told.findings).toEqual(['REVERT_PROPOSED']);
    expect(told.delivery?.todo).toBe(`merge ${pull.url}`);
    expect(told.delivery?.message).toContain(`the revert waits in ${pull.url}`);
    expect(pull).toMatchObject({ state: 'open', base: 'main', head: { branch } });
    expect(pull.title).toBe(`Roll back shop to ${shop.record().release?.commit.slice(0, 10)}`);
    expect(pull.body).toContain(`**Merging this takes \`${id}\` of shop out of \`main\`.** The pods are back already`);
    expect(pull.body).toContain(`- ${bad} v2`);
    expect(versionIn(shop.origin.at(pull.head.commit).files)).toBe('v1');
  });

  test('no tick opens another one, and each says what waits', async () => {
    const { shop, forge, pull, tick, pulls } = await proposed();
    using _ = shop;
    const before = forge.as().requests;
    const record = shop.record();
    for (const told of [await tick(), await tick()]) {
      expect(outcome(shop, told)).toEqual(waiting);
      expect([told.findings, told.delivery?.todo]).toEqual([['REVERT_PROPOSED'], `merge ${pull.url}`]);
      expect(told.log).not.toContain('write:');
    }
    expect(await pulls()).toEqual(['open']);
    // One request a tick, and one of this test.
    expect(forge.as().requests - before).toBe(3);
    expect(shop.record().rollback).toEqual(record.rollback);
  });

  test('the bad release stays refused until it is merged', async () => {
    const { shop, forge, ada, pull, tick } = await proposed();
    using _ = shop;
    shop.origin.commit({ 'deploy/shop.yaml': manifest('v2', { line: 'x' }) }, { branch: 'more' });
    expect(await ada('deploy')).toMatchObject({ exit: 4, code: 'HELD' });
    forge.merge('ada', pull.number);
    expect(outcome(shop, await tick())).toEqual(done);
    shop.push('v3');
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  });

  const ways: readonly (readonly [string, (shop: Shop, forge: MemoryForge, number: number) => void, object, string])[] =
    [
      ['it is merged', (_shop, forge, number) => forge.merge('ada', number), done, 'merged'],
      ['it is squashed', (_shop, forge, number) => forge.merge('ada', number, 'squash'), done, 'merged'],
      [
        'it is squashed, and a fix follows',
        (shop, forge, number) => {
          forge.merge('ada', number, 'squash');
          shop.push('v3');
        },
        { ...done, git: 'v3' },
        'merged',
      ],
      ['somebody reverts by hand', (shop) => void shop.push('v1'), done, 'closed'],
    ];
  test.for(ways)('once %s, the rollback is done', async ([, merge, wanted, state]) => {
    const { shop, forge, pull, tick, pulls } = await proposed();
    using _ = shop;
    merge(shop, forge, pull.number);
    const told = await tick();
    expect([outcome(shop, told), told.findings]).toEqual([wanted, []]);
    expect(await pulls()).toEqual([state]);
    expect(shop.record()).not.toHaveProperty('proposed');
  });

  test('a push that the remote does not answer opens none', async () => {
    const { shop, ada, tick, pulls } = await releasing({ closed: false });
    using _ = shop;
    shop.origin.away = true;
    expect(await ada('rollback')).toMatchObject({ exit: 3, code: 'GIT_PUSH_FAILED' });
    shop.origin.away = false;
    expect([outcome(shop, await tick()), await pulls()]).toEqual([done, []]);
  });

  test('without a forge it is told as before, and a tick that has one opens it', async () => {
    const { shop, forge, ada, tick, pulls } = await releasing();
    using _ = shop;
    shop.forge = null;
    expect(await ada('rollback')).toMatchObject({ exit: 3, code: 'GIT_PUSH_FAILED' });
    shop.forge = forge;
    expect([outcome(shop, await tick()), await pulls()]).toEqual([waiting, ['open']]);
  });

  test('a revert that would change another delivery is not proposed either', async () => {
    const files = environments(['staging: { plan: p }', 'prod: { plan: p, after: staging }']);
    using shop = await shopWith(['v1@staging', 'v1@prod', 'v2@staging', 'v2@prod'], { files });
    const forge = memoryForge(shop.now, shop.origin);
    shop.forge = forge;
    shop.origin.closed = 'main';
    const told = await shop.person('ada')('rollback --delivery shop@staging');
    expect([told.code, await pullsIn(forge)]).toEqual(['SIBLING_RUNS_IT', []]);
    const also = await shop.person('ada')('rollback --delivery shop@staging --also');
    expect([also.findings, await pullsIn(forge)]).toEqual([['REVERT_PROPOSED'], ['open']]);
  });

  test('what people wrote is text in the pull request', async () => {
    const { shop, forge, ada, branch } = await releasing();
    using _ = shop;
    shop.origin.commit({ 'deploy/shop.yaml': manifest('v2', { line: 'x' }) }, { subject: '[x](http://y) @sre <b>' });
    await ada('deploy');
    await ada('rollback --reason "@all **now** see #1"');
    const { body } = forge.pull(branch.replace(/[^/]*$/, shop.record().rollback?.from.id ?? ''));
    expect(body).not.toMatch(/@(sre|all)|<b>|\]\(|\*\*now|#1\b/);
    expect(body).toContain('now');
  });
});

describe('how the revert reaches Git', () => {
  type Row = readonly [
    policy: string,
    line: string,
    closed: Begins['closed'],
    wanted: object,
    pulls: readonly string[],
  ];
  const pushFailed = { ...waiting, exit: 3, code: 'GIT_PUSH_FAILED' };
  test.for([
    ['{ git: auto }', 'rollback', false, done, []],
    ['{ git: auto }', 'rollback', 'main', waiting, ['open']],
    ['{ git: commit }', 'rollback', 'main', pushFailed, []],
    ['{ git: pull-request }', 'rollback', false, waiting, ['open']],
    ['{ git: pull-request }', 'rollback --git auto', false, done, []],
    ['{ git: commit }', 'rollback --git auto', 'main', waiting, ['open']],
    ['{ git: auto }', 'rollback --git commit', 'main', pushFailed, []],
    ['{ git: auto }', 'rollback --git pull-request', false, waiting, ['open']],
    ['{ merge: true }', 'rollback', 'main', done, ['merged']],
    ['{ git: pull-request, merge: true }', 'rollback', false, done, ['merged']],
  ] as readonly Row[])('%s, %s, main closed: %s', async ([policy, line, closed, wanted, pulls]) => {
    const { shop, ada, pulls: now, tick } = await releasing({ policy, ...(closed === undefined ? {} : { closed }) });
    using _ = shop;
    expect([outcome(shop, await ada(line)), await now()]).toEqual([wanted, pulls]);
    // A later tick does the same: the option is in the record.
    expect([outcome(shop, await tick()), await now()]).toEqual([wanted, pulls]);
  });

  test('is in the preview, which opens nothing', async () => {
    const { shop, ada, pulls } = await releasing();
    using _ = shop;
    const git = async (line: string) => {
      const { delivery } = await ada(`rollback --dry-run${line}`);
      return delivery?.changes.find(({ object }) => object.startsWith('Git'))?.why;
    };
    expect(await git('')).toBe('one commit that restores its paths, undoing 1');
    expect(await git(' --git pull-request')).toBe('one commit in a pull request that restores its paths, undoing 1');
    expect(await pulls()).toEqual([]);
  });

  test('a second rollback may name another way', async () => {
    const { shop, ada, tick, pulls } = await releasing({ policy: '{ git: commit }' });
    using _ = shop;
    expect((await ada('rollback')).code).toBe('GIT_PUSH_FAILED');
    expect(outcome(shop, await ada('rollback --git pull-request'))).toEqual(waiting);
    expect([outcome(shop, await tick()), await pulls()]).toEqual([waiting, ['open']]);
    shop.origin.closed = false;
    expect([outcome(shop, await ada('rollback --git commit')), await pulls()]).toEqual([done, ['closed']]);
  });

  test('by pull request where there is no forge says so', async () => {
    const { shop, ada } = await releasing({ policy: '{ git: pull-request }', closed: false });
    using _ = shop;
    shop.forge = null;
    const told = await ada('rollback');
    expect([told.exit, told.code, shop.git()]).toEqual([3, 'FORGE_UNREACHABLE', 'v2']);
    expect(told.error?.message).toContain('there is no forge because there is no forge here');
  });

  test('by pull request waits until the branch can be fetched', async () => {
    const { shop, ada, branch, tick, pulls } = await releasing({ policy: '{ git: pull-request }', closed: false });
    using _ = shop;
    shop.origin.away = true;
    expect([(await ada('rollback')).code, await pulls()]).toEqual(['GIT_FAILED', []]);
    expect(shop.origin.has(branch)).toBe(false);
    shop.origin.away = false;
    expect([outcome(shop, await tick()), await pulls()]).toEqual([waiting, ['open']]);
  });

  test('a rule that keeps it from being merged is told, and a later tick merges it', async () => {
    const { shop, forge, ada, tick, pulls } = await releasing({ policy: '{ merge: true }' });
    using _ = shop;
    forge.keepsFromMerging = true;
    const told = await ada('rollback');
    expect([outcome(shop, told), await pulls()]).toEqual([waiting, ['open']]);
    expect(told.log).toContain('is left to people: a rule keeps it from being merged now');
    forge.keepsFromMerging = false;
    expect([outcome(shop, await tick()), await pulls()]).toEqual([done, ['merged']]);
  });

  test('a fix that is merged while ours is about to be is not undone', async () => {
    const { shop, forge, ada, pulls } = await releasing({ policy: '{ merge: true }' });
    using _ = shop;
    forge.before = (request) => {
      if (request !== 'mergePullRequest') return;
      shop.push('v3');
      throw new ForgeError('refused', 'merge conflict');
    };
    expect(outcome(shop, await ada('rollback'))).toEqual({ ...waiting, git: 'v3' });
    forge.before = () => {};
    expect(outcome(shop, await shop.person('ci')('tick'))).toMatchObject({ exit: 3, code: 'GIT_AHEAD', git: 'v3' });
    expect(await pulls()).toEqual(['closed']);
  });

  test('git pushes the branch where the forge makes no commit, or another one', async () => {
    for (const why of ['forbidden', 'other content'] as const) {
      const { shop, forge, ada, branch, pulls } = await releasing();
      using _ = shop;
      const commitFiles: Forge['commitFiles'] = async (commit, signal) => {
        if (why === 'forbidden') throw new ForgeError('forbidden', 'no', { needs: 'contents: write' });
        return forge.as().commitFiles({ ...commit, files: new Map([['deploy/shop.yaml', 'kind: Secret\n']]) }, signal);
      };
      shop.forge = { ...forge, as: () => ({ ...forge.as(), commitFiles }) };
      expect([why, outcome(shop, await ada('rollback')), await pulls()]).toEqual([why, waiting, ['open']]);
      expect(versionIn(shop.origin.at(shop.origin.tip(branch)).files)).toBe('v1');
    }
  });
});

describe('a tick keeps the pull request', () => {
  test('as it is when other files are merged', async () => {
    const { shop, pull, tick, forge, branch, pulls } = await proposed();
    using _ = shop;
    shop.origin.commit({ 'docs.md': 'new' });
    expect([outcome(shop, await tick()), await pulls()]).toEqual([waiting, ['open']]);
    expect(forge.pull(branch).head).toEqual(pull.head);
    forge.merge('ada', pull.number);
    expect(outcome(shop, await tick())).toEqual(done);
    expect(shop.origin.at(shop.origin.tip()).files['docs.md']).toBe('new');
  });

  test.for([
    ['another file', { 'docs.md': 'x' }],
    ['other content', shopYaml('v3')],
    ['nothing any more', shopYaml('v2')],
  ] as const)('by opening it anew when somebody gave it %s', async ([, files]) => {
    const { shop, forge, pull, branch, tick, pulls } = await proposed();
    using _ = shop;
    forge.push(pull.number, files);
    expect([outcome(shop, await tick()), await pulls()]).toEqual([waiting, ['closed', 'open']]);
    expect(forge.bodies(pull.number)).toEqual([expect.stringContaining('Closed by stepgate')]);
    forge.merge('ada', forge.pull(branch).number);
    expect(outcome(shop, await tick())).toEqual(done);
  });

  test('by opening another one when it was merged, and the bad release came back', async () => {
    const { shop, forge, pull, tick, pulls } = await proposed();
    using _ = shop;
    forge.merge('ada', pull.number);
    shop.push('v2');
    expect([outcome(shop, await tick()), await pulls()]).toEqual([waiting, ['merged', 'open']]);
  });

  test('by closing it when a fix is merged, and opening it anew when the fix is gone', async () => {
    const { shop, tick, pulls } = await proposed();
    using _ = shop;
    shop.push('v3');
    expect(outcome(shop, await tick())).toMatchObject({ exit: 3, code: 'GIT_AHEAD' });
    expect(await pulls()).toEqual(['closed']);
    expect(await tick()).toMatchObject({ exit: 0, findings: ['GIT_AHEAD'] });
    shop.push('v2');
    expect([outcome(shop, await tick()), await pulls()]).toEqual([waiting, ['closed', 'open']]);
  });

  test('closed, when somebody closes it who may write; reopened, it goes on', async () => {
    const { shop, forge, pull, id, tick, pulls } = await proposed();
    using _ = shop;
    forge.close('ada', pull.number);
    const told = await tick();
    expect(outcome(shop, told)).toEqual({ ...waiting, exit: 3, code: 'REVERT_CLOSED' });
    expect(told.error?.message).toContain(`ada closed ${pull.url}, which reverts ${id}`);
    const again = await tick();
    expect([again.exit, again.findings, again.delivery?.todo]).toEqual([0, ['REVERT_CLOSED'], `reopen ${pull.url}`]);
    expect(await pulls()).toEqual(['closed']);
    forge.reopen(pull.number);
    expect([outcome(shop, await tick()), await pulls()]).toEqual([waiting, ['open']]);
  });

  test.for(['outsider', OURS])('by opening it anew when %s closed it', async (login) => {
    const { shop, forge, pull, tick, pulls } = await proposed();
    using _ = shop;
    forge.close(login, pull.number);
    expect([outcome(shop, await tick()), await pulls()]).toEqual([waiting, ['closed', 'open']]);
  });

  test.for([
    ['the rollback is lifted', 'rollback --undo', {}],
    ['the version is let through', 'resume --release ID', {}],
  ] as const)('by closing it when %s', async ([, line]) => {
    const { shop, ada, id, pull, forge, pulls } = await proposed();
    using _ = shop;
    const told = await ada(line.replace('ID', id));
    expect([told.exit, shop.git(), await pulls()]).toEqual([0, 'v2', ['closed']]);
    expect(forge.bodies(pull.number)).toHaveLength(1);
    expect(shop.origin.has(pull.head.branch)).toBe(false);
    expect(shop.record()).not.toHaveProperty('proposed');
  });

  test('until the remote says whether it was merged, when the rollback is lifted meanwhile', async () => {
    const { shop, ada, tick, pulls } = await proposed();
    using _ = shop;
    shop.origin.away = true;
    expect(await ada('rollback --undo')).toMatchObject({ exit: 3, code: 'GIT_FAILED' });
    shop.origin.away = false;
    expect((await tick()).exit).toBe(0);
    expect([shop.record().rollback, await pulls()]).toEqual([null, ['closed']]);
  });

  test.for(['editPullRequest', 'comment', 'deleteBranch'] as const)(
    'closed once, when a run ends before %s',
    async (dies) => {
      const { shop, forge, ada, pull, tick, pulls } = await proposed();
      using _ = shop;
      forge.before = (request) => {
        if (request === dies) throw new ForgeError('away', 'it went away');
      };
      await ada('rollback --undo');
      forge.before = () => {};
      await tick();
      expect([await pulls(), shop.origin.has(pull.head.branch)]).toEqual([['closed'], false]);
      expect(forge.bodies(pull.number).length).toBeLessThanOrEqual(1);
      expect(shop.record()).not.toHaveProperty('proposed');
    },
  );

  test('by closing it later, where the forge was away', async () => {
    const { shop, forge, ada, tick, pulls } = await proposed();
    using _ = shop;
    forge.before = () => {
      throw new ForgeError('away', 'it went away');
    };
    const told = await ada('rollback --undo');
    expect([told.exit, told.log.includes('could not be closed: it went away')]).toEqual([0, true]);
    forge.before = () => {};
    expect((await tick()).exit).toBe(0);
    expect(await pulls()).toEqual(['closed']);
  });

  test('by closing it when a release goes out that never had the bad one', async () => {
    const { shop, ada, pulls } = await proposed();
    using _ = shop;
    const between = shop.record().release?.commit ?? '';
    shop.origin.closed = false;
    shop.origin.commit(shopYaml('v3'), { branch: 'fix', from: between });
    shop.origin.merge('fix');
    expect((await ada(`deploy --at ${shop.origin.tip('fix')}`)).code).toBe('GATE_SHUT');
    expect(await pulls()).toEqual(['closed']);
  });

  test('by replacing it when another rollback goes further back', async () => {
    const { shop, forge, ada, tick } = await proposed({ delivered: ['v0', 'v1'] });
    using _ = shop;
    const further = shop.record().history[1]?.id ?? '';
    expect((await ada(`rollback --to ${further}`)).findings).toEqual(['REVERT_PROPOSED']);
    expect(await pullsIn(forge)).toEqual(['closed', 'open']);
    // Its head would conflict with this: the branch has the earlier bad version again, and the revert is made from there.
    shop.push('v1');
    expect((await tick()).findings).toEqual(['REVERT_PROPOSED']);
    expect(await pullsIn(forge)).toEqual(['closed', 'closed', 'open']);
    forge.merge('ada', forge.pull(`stepgate/revert/shop/${shop.record().rollback?.from.id}`).number);
    expect(outcome(shop, await tick())).toMatchObject({ exit: 0, live: 'v0', git: 'v0' });
  });

  test('and touches no other pull request that the record is made to name', async () => {
    const { shop, forge, ada, id } = await proposed();
    using _ = shop;
    shop.origin.commit({ 'docs.md': 'x' }, { branch: 'feature' });
    const base = { title: 'a feature', body: '', base: 'main', head: 'feature' };
    const { number, url } = await forge.as('ada').openPullRequest(base, new AbortController().signal);
    shop.edit((record) => ({ ...record, proposed: { is: 'revert', release: id, number, url } }));
    await ada(`resume --release ${id}`);
    expect([forge.pull('feature').state, shop.origin.has('feature')]).toEqual(['open', true]);
  });
});

describe('rollback --undo, once the revert was merged', () => {
  const restored = { exit: 0, live: 'v1', git: 'v2', holds: 0 };

  /** The rollback of v2 is lifted, and what undoes its revert waits. */
  async function lifted(begins: Begins = {}) {
    const made = await proposed(begins);
    made.forge.merge('ada', made.pull.number, 'squash');
    await made.tick();
    const told = await made.ada('rollback --undo --reason "wrong alarm"');
    return { ...made, told, restoring: made.forge.pull(`${made.branch}-undo`) };
  }

  test('waits in a pull request too, and what is deployed after its merge starts anew', async () => {
    const { shop, forge, ada, told, restoring, id, tick, pulls } = await lifted();
    using _ = shop;
    expect(outcome(shop, told)).toEqual({ ...waiting, git: 'v1', holds: 0 });
    expect([told.findings, told.delivery?.todo]).toEqual([['REVERT_PROPOSED'], `merge ${restoring.url}`]);
    expect(restoring.body).toContain(`**Merging this brings \`${id}\` of shop back to \`main\``);
    expect([outcome(shop, await tick()), await pulls()]).toEqual([
      { ...waiting, git: 'v1', holds: 0 },
      ['merged', 'open'],
    ]);
    forge.merge('ada', restoring.number);
    expect(outcome(shop, await tick())).toMatchObject(restored);
    expect([shop.record().rollback, shop.record().proposed]).toEqual([null, undefined]);
    expect(await ada('deploy')).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
  });

  test('is done when it is merged and something newer follows', async () => {
    const { shop, forge, restoring, tick } = await lifted();
    using _ = shop;
    forge.merge('ada', restoring.number);
    shop.push('v3');
    expect(outcome(shop, await tick())).toMatchObject({ ...restored, git: 'v3' });
    expect(shop.record().rollback).toBeNull();
  });

  test('is merged by stepgate where the policy says so', async () => {
    const { shop, ada, pulls } = await releasing({ policy: '{ git: pull-request, merge: true }' });
    using _ = shop;
    await ada('rollback');
    expect(outcome(shop, await ada('rollback --undo'))).toMatchObject(restored);
    expect(await pulls()).toEqual(['merged', 'merged']);
  });

  test('is pushed where the branch takes it by now', async () => {
    const { shop, forge, ada, pull, pulls } = await proposed();
    using _ = shop;
    forge.merge('ada', pull.number);
    shop.origin.closed = false;
    expect([outcome(shop, await ada('rollback --undo')), await pulls()]).toMatchObject([restored, ['merged']]);
  });

  test('is closed where newer commits follow the revert, or a person has closed it', async () => {
    const { shop, forge, restoring, tick, pulls } = await lifted();
    using _ = shop;
    forge.close('ada', restoring.number);
    const told = await tick();
    expect([told.exit, told.code, told.delivery?.todo]).toEqual([3, 'REVERT_CLOSED', `reopen ${restoring.url}`]);
    forge.reopen(restoring.number);
    shop.push('v3');
    expect(await tick()).toMatchObject({ exit: 3, code: 'GIT_AHEAD' });
    expect(await pulls()).toEqual(['merged', 'closed']);
  });
});

test('an undo that was killed after its push is over with the next tick', async () => {
  const { shop, ada, tick } = await releasing({ closed: false });
  using _ = shop;
  await ada('rollback');
  await ada('rollback --undo', { dies: 2 }).catch(() => {});
  expect([shop.git(), shop.record().rollback?.undo]).toMatchObject(['v2', { by: 'ada' }]);
  expect((await tick()).exit).toBe(0);
  expect([shop.git(), shop.record().rollback]).toEqual(['v2', null]);
});

describe('a run that ends in the middle', () => {
  const requests = [
    'pullRequestsFrom',
    'branchHead',
    'createBranch',
    'commitFiles',
    'openPullRequest',
    'mergePullRequest',
  ] as const;
  test.for(requests)('before %s is finished by the next tick, with one pull request', async (dies) => {
    const { shop, forge, ada, tick, pulls } = await releasing({ policy: '{ merge: true }' });
    using _ = shop;
    forge.before = (request) => {
      if (request === dies) throw new ForgeError('away', 'it went away');
    };
    const told = await ada('rollback');
    const isOpen = dies === 'mergePullRequest';
    expect([told.exit, told.code]).toEqual(isOpen ? [0, 'ROLLED_BACK_GIT_TODO'] : [3, 'FORGE_UNREACHABLE']);
    expect([shop.pods(), shop.git()]).toEqual(['v1:4', 'v2']);
    forge.before = () => {};
    expect([outcome(shop, await tick()), await pulls()]).toEqual([done, ['merged']]);
  });

  test.for(['comment', 'editPullRequest', 'deleteBranch'] as const)(
    'before %s, while it makes it anew, is finished by the next tick',
    async (dies) => {
      const { shop, forge, pull, branch, tick, pulls } = await proposed();
      using _ = shop;
      forge.push(pull.number, shopYaml('v3'));
      forge.before = (request) => {
        if (request === dies) throw new ForgeError('away', 'it went away');
      };
      await tick();
      forge.before = () => {};
      expect([outcome(shop, await tick()), await pulls()]).toEqual([waiting, ['closed', 'open']]);
      expect(versionIn(shop.origin.at(shop.origin.tip(branch)).files)).toBe('v1');
    },
  );

  test('killed after it was opened, before the record says so, finds it again', async () => {
    const { shop, forge, ada, branch, tick, pulls } = await releasing();
    using _ = shop;
    await ada('rollback');
    const { number } = forge.pull(branch);
    shop.edit(({ proposed: _proposed, rollback, ...record }) => ({
      ...record,
      rollback: rollback === null ? null : { ...rollback, trouble: null, troubleCode: null },
    }));
    expect([outcome(shop, await tick()), await pulls()]).toEqual([waiting, ['open']]);
    expect(shop.record().proposed?.number).toBe(number);
  });

  test('that can not fetch the merge yet opens no second one', async () => {
    const { shop, forge, pull, tick, pulls } = await proposed();
    using _ = shop;
    const tip = shop.origin.tip();
    forge.merge('ada', pull.number);
    const merge = shop.origin.tip();
    shop.origin.branch('main', tip);
    const told = await tick();
    expect([outcome(shop, told), await pulls()]).toEqual([waiting, ['merged']]);
    expect(told.log).toContain(`${pull.url} is merged, and main does not have it yet`);
    shop.origin.branch('main', merge);
    expect(outcome(shop, await tick())).toEqual(done);
  });

  test('with the forge away, a tick leaves what waits as it is', async () => {
    const { shop, forge, tick, pulls } = await proposed();
    using _ = shop;
    forge.before = () => {
      throw new ForgeError('away', 'it went away');
    };
    const told = await tick();
    expect([outcome(shop, told), told.findings]).toEqual([waiting, ['REVERT_PROPOSED']]);
    expect(told.log).toContain('it went away');
    forge.before = () => {};
    expect(await pulls()).toEqual(['open']);
    shop.forge = null;
    expect(outcome(shop, await tick())).toEqual(waiting);
  });

  test('without the right to open pull requests says what refuses what, and the next one that may opens it', async () => {
    const { shop, forge, ada, tick, pulls } = await releasing();
    using _ = shop;
    forge.before = (request) => {
      if (request === 'openPullRequest') throw new ForgeError('refused', 'workflows may not open pull requests');
    };
    const told = await ada('rollback');
    expect([told.exit, told.code]).toEqual([3, 'FORGE_REFUSED']);
    expect(told.error?.message).toMatch(/a rule protects the branch; and no pull request .*workflows may not open/);
    forge.before = () => {};
    expect([outcome(shop, await tick()), await pulls()]).toEqual([waiting, ['open']]);
  });
});
