import { expect, test } from 'vitest';
import { openRepo } from '../../src/adapters/git.ts';
import type { Context } from '../../src/flow/context.ts';
import { noPolicy } from '../../src/flow/policy.ts';
import { propose, type Wanted } from '../../src/flow/revert-pull.ts';
import { environmentError } from '../../src/release/error.ts';
import type { Forge, PullRequest } from '../../src/release/forge.ts';
import { targets } from '../../src/targets/index.ts';
import { bareDelivery } from '../support/bare-delivery.ts';
import { memoryForge } from '../support/forge.ts';
import { gitRemote } from '../support/git-remote.ts';
import { noHelm } from '../support/no-helm.ts';
import { noMetrics, noPage } from '../support/no-metrics.ts';
import { everybody } from '../support/readers.ts';
import { checkout, type Files, repository } from '../support/repository.ts';

const ours = { id: 1, login: 'stepgate', is: 'bot' } as const;

/** A release that changed these files, and its revert, in a clone of a real remote; a forge makes commits in another clone. */
async function reverting(stable: Files, bad: Files) {
  const stack = new AsyncDisposableStack();
  const remote = stack.use(await gitRemote());
  const theirs = stack.use(await repository());
  const from = await theirs.commit(stable);
  await theirs.connect(remote);
  await theirs.commit(bad);
  await theirs.push('main');
  const clone = stack.use(await checkout(remote, { depth: null }));
  const repo = await openRepo(clone);
  const make = async (): Promise<Wanted> => {
    await repo.fetch('origin', 'main');
    const onto = await repo.resolve('refs/remotes/origin/main');
    const message = 'Roll back shop';
    const commit = await repo.revert({ onto, paths: Object.keys({ ...stable, ...bad }), from, message });
    if (commit === null) throw new Error('there is nothing to revert');
    return {
      ...{ is: 'revert', release: '0123456789-abcdef01', commit, onto, stale: null, restores: from, more: '' },
      ...{ message, body: 'a revert' },
    };
  };
  const opened: PullRequest[] = [];
  const log: string[] = [];
  const forge: Forge = {
    ...memoryForge(() => new Date(0)).as(),
    pullRequestsFrom: async () => opened,
    branchHead: (branch) => remote.tip(branch),
    deleteBranch: async (branch) => void (await theirs.git('push', 'origin', `:refs/heads/${branch}`)),
    createBranch: async (branch, at) => void (await theirs.git('push', 'origin', `${at}:refs/heads/${branch}`)),
    async commitFiles({ branch, onto: parent, files }) {
      await theirs.git('checkout', '--quiet', '--detach', parent);
      const made = await theirs.commit(Object.fromEntries(files));
      await theirs.git('push', 'origin', `${made}:refs/heads/${branch}`);
      return made;
    },
    async openPullRequest({ title, body, head, base }) {
      const number = opened.length + 1;
      const at = { branch: head, commit: (await remote.tip(head)) ?? '', isOwn: true };
      const pull: PullRequest = {
        ...{ number, url: `https://forge.example/pull/${number}`, title, body, state: 'open', base, head: at },
        ...{ author: ours, committers: [], closed: null, mergedBy: null, mergedAs: null, mergedAt: null },
      };
      opened.unshift(pull);
      return pull;
    },
  };
  const delivery = bareDelivery('a/shop');
  const unused = () => {
    throw new Error('a pull request needs no cluster and no rendering');
  };
  const context: Context = {
    repo,
    forge: async () => forge,
    log: (line) => log.push(line),
    signal: new AbortController().signal,
    clock: { now: () => new Date(0), sleep: async () => {} },
    config: { parser: { includes: unused, resolve: unused }, file: 'stepgate.yaml' },
    metrics: noMetrics,
    page: noPage,
    helm: noHelm,
    kustomize: { build: unused },
    connect: unused,
    parseManifests: unused,
    readers: everybody,
    targets,
    actor: { name: 'ada', is: 'person', known: 'given' },
    run: { by: 'host', host: 'here', user: 'ada' },
  };
  const known = noPolicy(delivery, environmentError('POLICY_MISSING', 'this test has none')).current;
  const work = { context, delivery, policy: { ...known, branch: { remote: 'origin', branch: 'main' } } };
  return { stack, remote, theirs, opened, log, make, propose: (wanted: Wanted) => propose(work, wanted, null), repo };
}

const name = 'stepgate/revert/a/shop/0123456789-abcdef01';

test('the commit of the forge is the revert, and stays it when other files are pushed to main', async () => {
  const made = await reverting(
    { 'a.yaml': 'one\n', 'b.yaml': 'b\n' },
    { 'a.yaml': 'two\n', 'b.yaml': null, 'c.yaml': 'c\n' },
  );
  await using _ = made.stack;
  const { theirs, remote, repo } = made;
  const wanted = await made.make();
  expect(await made.propose(wanted)).toMatchObject({ is: 'revert', number: 1 });
  const head = (await remote.tip(name)) ?? '';
  expect(head).not.toBe(wanted.commit);
  expect(await repo.sameAt(head, wanted.commit, [''])).toBe(true);
  await theirs.git('checkout', '--quiet', 'main');
  await theirs.commit({ 'docs.md': 'new\n' });
  await theirs.push('main');
  expect(await made.propose(await made.make())).toMatchObject({ number: 1 });
  expect([made.opened.length, await remote.tip(name)]).toEqual([1, head]);
});

test('git pushes a revert of a file mode, which the forge can not commit', async () => {
  const made = await reverting({ run: { program: '#!/bin/sh\n' } }, { run: '#!/bin/sh\n' });
  await using _ = made.stack;
  const wanted = await made.make();
  expect(await made.propose(wanted)).toMatchObject({ number: 1 });
  expect(await made.remote.tip(name)).toBe(wanted.commit);
  expect(made.log.join('\n')).toContain('so git pushes it');
});
