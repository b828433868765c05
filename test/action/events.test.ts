import { describe, expect, test } from 'vitest';
import { refusedOn } from '../../src/commands/events.ts';
import { actionCommands, type CommandName, commands } from '../../src/commands/index.ts';
import { type Right, rights } from '../../src/release/forge.ts';
import type { Report } from '../../src/release/report.ts';
import { failure, folder } from '../adapters/kubernetes/server.ts';
import { stepgate, typed } from '../support/command-line.ts';
import { runAction } from './runner.ts';
import { workspace } from './workspace.ts';

/** Which events may write, for both entries: one table. */

interface Row {
  readonly event: string;
  readonly payload?: unknown;
  /** `for nobody`: only what is done for what is found, not for the account of the run. */
  readonly writes: boolean | 'for nobody';
  /** Part of what is said where it may not write. */
  readonly why?: RegExp;
  readonly note?: string;
}

/** The payload of a workflow_run after a push to main of acme/shop, with these parts of it otherwise. */
function following(run: object, repository: object = {}): object {
  return {
    action: 'completed',
    repository: { full_name: 'acme/shop', default_branch: 'main', ...repository },
    workflow_run: { event: 'push', head_branch: 'main', head_repository: { full_name: 'acme/shop' }, ...run },
  };
}

const only = (event: string): Row => ({ event, writes: false, why: /only reads/ });
const after = (note: string, run: object, why: RegExp, repository: object = {}): Row => ({
  event: 'workflow_run',
  payload: following(run, repository),
  writes: false,
  why,
  note,
});
const unsaid = (note: string, payload: unknown): Row => ({
  event: 'workflow_run',
  payload,
  writes: false,
  why: /does not say which run it follows/,
  note,
});

const rows: readonly Row[] = [
  ...['push', 'schedule', 'workflow_dispatch', 'repository_dispatch'].map((event) => ({ event, writes: true })),
  { event: 'issue_comment', writes: 'for nobody' },
  {
    event: 'issue_comment',
    writes: 'for nobody',
    note: 'on a pull request',
    payload: { issue: { pull_request: { url: 'x' } } },
  },
  {
    event: 'workflow_run',
    payload: following({ event: 'issue_comment' }),
    writes: 'for nobody',
    note: 'after issue_comment',
  },
  ...['push', 'schedule', 'workflow_dispatch', 'repository_dispatch'].map((event) => ({
    event: 'workflow_run',
    payload: following({ event }),
    writes: true,
    note: `after ${event}`,
  })),

  ...['pull_request', 'pull_request_target', 'pull_request_review', 'pull_request_review_comment'].map(only),
  ...['merge_group', 'issues', 'fork', 'discussion_comment', 'release', 'create', 'deployment', 'workflow_call'].map(
    only,
  ),
  ...['PUSH', 'Push', ' push', 'push ', 'push\n', 'pushed', 'PULL_REQUEST', ' pull_request', 'constructor'].map(only),
  { event: '', writes: false, why: /nothing says which event/ },

  unsaid('without a payload', {}),
  unsaid('with a list for a payload', []),
  unsaid('with null for a payload', null),
  unsaid('without the repository of the run', following({ head_repository: null })),
  unsaid('without a branch', following({ head_branch: null })),
  unsaid('with a branch that is no text', following({ head_branch: ['main'] })),
  unsaid('with an empty branch', following({ head_branch: '' }, { default_branch: '' })),
  unsaid('without its event', following({ event: undefined })),
  unsaid('without a default branch', following({}, { default_branch: undefined })),
  after('from a fork', { head_repository: { full_name: 'mallory/shop' } }, /'mallory\/shop', not of 'acme\/shop'/),
  after('spelled otherwise', { head_repository: { full_name: 'Acme/shop' } }, /'Acme\/shop', not of/),
  after('from another branch', { head_branch: 'feature' }, /branch 'feature', not of 'main'/),
  after('of a pull request', { event: 'pull_request' }, /started by 'pull_request'/),
  after('of pull_request_target', { event: 'pull_request_target' }, /started by 'pull_request_target'/),
  after('of a merge queue', { event: 'merge_group' }, /started by 'merge_group'/),
  after('of a workflow_run', { event: 'workflow_run' }, /started by 'workflow_run'/),
  after(
    'of another repository',
    { head_repository: { full_name: 'mallory/shop' } },
    /is of 'mallory\/shop', not of 'acme\/shop'/,
    { full_name: 'mallory/shop' },
  ),
];

const titled = rows.map((row) => ({ ...row, title: `${JSON.stringify(row.event)} ${row.note ?? ''}`.trim() }));
const writing = actionCommands.filter((name) => commands[name].writes);
const all = Object.keys(commands) as CommandName[];

describe('the rule', () => {
  test.each(titled)('$title', ({ event, payload = null, writes, why }) => {
    expect(writing.length).toBeGreaterThan(5);
    for (const name of all) {
      const refused = refusedOn({ event, repository: 'acme/shop', payload }, name);
      // Comments are answered in the run of the comment or of a schedule, never in one that follows another run.
      const follows = name === 'answer' && event === 'workflow_run';
      const isFor = writes === 'for nobody' ? name === 'tick' || name === 'answer' : writes;
      const allowed = (isFor && !follows) || !commands[name].writes;
      expect([name, refused?.code ?? null]).toEqual([name, allowed ? null : 'EVENT_REFUSED']);
      if (allowed) continue;
      expect(refused?.family).toBe('refused');
      expect(refused?.message).toContain(`${name} writes, and `);
      const anybody = writes === 'for nobody' ? /anybody may start a run/ : /./;
      expect(refused?.message).toMatch(follows && writes !== false ? /follows another run/ : (why ?? anybody));
      expect(refused?.hint).toMatch(/push, schedule, workflow_dispatch, repository_dispatch/);
      expect(refused?.hint?.includes('workflow_run')).toBe(name !== 'answer');
      expect(refused?.hint?.includes('issue_comment')).toBe(name === 'tick' || name === 'answer');
    }
  });
});

describe('who asks, on every event', () => {
  const kinds = ['person', 'bot', 'schedule', 'nobody'] as const;
  // As the rules are told to people: only those who may write ask for an act, and only a person lets a release go on.
  const mayAsk = (name: CommandName, is: (typeof kinds)[number], right: Right) =>
    ['write', 'maintain', 'admin'].includes(right) &&
    (is === 'person' || !['promote', 'resume', 'thaw', 'adopt', 'retire'].includes(name));

  test.each(titled)('$title', ({ event, payload = null, writes }) => {
    for (const name of writing) {
      for (const is of kinds) {
        for (const right of rights) {
          const refused = refusedOn({ event, repository: 'acme/shop', payload }, name, { is, right });
          const onEvent = writes !== false && !(name === 'answer' && event === 'workflow_run');
          const wanted = onEvent ? (mayAsk(name, is, right) ? null : 'PERSON_REFUSED') : 'EVENT_REFUSED';
          expect([name, is, right, refused?.code ?? null]).toEqual([name, is, right, wanted]);
        }
      }
    }
  });
});

// Both entries have one rule, whose rows are played above: here it is only seen to be asked.
const asked = ['push', 'issue_comment', 'pull_request', '', ' push'];
const some = titled.filter(({ event, note }) => asked.includes(event) || /^(after push|from a fork)$/.test(note ?? ''));

describe('a command line in a workflow', () => {
  test.each(some)('$title', async ({ event, payload, writes }) => {
    await using place = await folder();
    const file = await place.write('event.json', JSON.stringify(payload ?? {}));
    const env = {
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: event,
      GITHUB_EVENT_PATH: file,
      GITHUB_REPOSITORY: 'acme/shop',
    };
    for (const name of all) {
      const ended = await typed([name, '--json'], { cwd: place.path, env });
      const { error } = JSON.parse(ended.stdout) as Report;
      // There is no repository: the next thing that a command needs, but for those that can do without one.
      const isFor = writes === 'for nobody' ? name === 'tick' || name === 'answer' : writes;
      const allowed = (isFor && !(name === 'answer' && event === 'workflow_run')) || !commands[name].writes;
      const first = { rollback: 'DELIVERY_REQUIRED', hold: 'DELIVERY_REQUIRED', resume: 'DELIVERY_REQUIRED' };
      // The doctor says it as one of its checks.
      const next = { ...first, answer: 'USAGE', doctor: null }[name as string];
      const wanted = next === undefined ? 'GIT_FAILED' : next;
      expect([name, error?.code ?? null, ended.code]).toEqual([
        name,
        ...(allowed ? [wanted, 2] : ['EVENT_REFUSED', 4]),
      ]);
    }
  });

  test.each([
    ['an event without a name', { GITHUB_EVENT_NAME: '' }, 'EVENT_REFUSED'],
    ['no run of GitHub: its runner always names the event', {}, 'DELIVERY_REQUIRED'],
    [
      'a payload that is not there',
      { GITHUB_EVENT_NAME: 'workflow_run', GITHUB_EVENT_PATH: '/nonexistent' },
      'EVENT_REFUSED',
    ],
    ['a payload that is a folder', { GITHUB_EVENT_NAME: 'workflow_run', GITHUB_EVENT_PATH: '/' }, 'EVENT_REFUSED'],
    ['a payload without end', { GITHUB_EVENT_NAME: 'workflow_run', GITHUB_EVENT_PATH: '/dev/zero' }, 'EVENT_REFUSED'],
    [
      'a payload that is no JSON',
      { GITHUB_EVENT_NAME: 'workflow_run', GITHUB_EVENT_PATH: '/etc/passwd' },
      'EVENT_REFUSED',
    ],
    ['a runner that says it otherwise', { GITHUB_ACTIONS: 'True', GITHUB_EVENT_NAME: 'issues' }, 'EVENT_REFUSED'],
    [
      'no workflow: the event is not asked for',
      { GITHUB_ACTIONS: 'false', GITHUB_EVENT_NAME: 'issues' },
      'DELIVERY_REQUIRED',
    ],
    ['no workflow, an empty value', { GITHUB_ACTIONS: '', GITHUB_EVENT_NAME: 'pull_request' }, 'DELIVERY_REQUIRED'],
  ])('%s', async (_, env, code) => {
    const { stdout } = await typed(['hold', '--json'], { env: { GITHUB_ACTIONS: 'true', ...env } });
    expect((JSON.parse(stdout) as Report).error?.code).toBe(code);
  });

  test('as a process', async () => {
    const env = { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'pull_request' };
    const ended = await stepgate(['deploy'], { env });
    expect(ended).toMatchObject({ code: 4, stdout: '' });
    expect(ended.stderr).toContain("deploy writes, and a run that 'pull_request' started only reads");
  });

  test.each([
    ['true', 2],
    ['false', 3],
  ] as const)('takes --who outside of one only (GITHUB_ACTIONS=%s)', async (actions, code) => {
    await using here = await workspace();
    const env = { GITHUB_ACTIONS: actions };
    const given = ['status', '--who', 'ada', '--json', '--kubeconfig', '/nonexistent'];
    const ended = await typed(given, { cwd: here.folder, env });
    expect((JSON.parse(ended.stdout) as Report).error?.code ?? null).toBe(code === 2 ? 'USAGE' : null);
    if (code === 2) expect(ended.stdout).toContain('the person is the account that started the run');
  });
});

describe('the Action', () => {
  test.each(some.map((row, index) => ({ ...row, command: index % 2 === 0 ? 'hold' : 'deploy' })))(
    '$title: $command',
    async ({ event, payload, writes, why, command }) => {
      await using here = await workspace({ reply: failure(403, 'Forbidden', 'not you') });
      const step = await runAction({
        workspace: here.folder,
        with: { command, kubeconfig: here.kubeconfig },
        event,
        ...(payload === undefined ? {} : { payload }),
      });
      if (writes === true) {
        expect(step.outputs['reason']).not.toBe('EVENT_REFUSED');
        expect(here.server.seen.length).toBeGreaterThan(0);
        return;
      }
      expect(step.outputs).toMatchObject({ reason: 'EVENT_REFUSED', 'exit-code': '4', changed: 'false' });
      expect(step.outputs['message']).toMatch(why ?? /./);
      expect(step.code).toBe(1);
      expect(here.server.seen).toEqual([]);
    },
  );

  test.each(['pull_request', '', 'workflow_run'])('%j may read', async (event) => {
    await using here = await workspace();
    const given = { command: 'plan', offline: 'true' };
    expect((await runAction({ workspace: here.folder, with: given, event })).code).toBe(0);
  });

  test('takes no who', async () => {
    await using here = await workspace();
    for (const command of ['status', 'promote']) {
      const given = { command, kubeconfig: here.kubeconfig };
      const step = await runAction({ workspace: here.folder, with: given, env: { INPUT_WHO: 'ada' } });
      expect(step.outputs).toMatchObject({ reason: 'USAGE', 'exit-code': '2' });
      expect(step.outputs['message']).toContain('the person is the account that started the run');
    }
    expect(here.server.seen).toEqual([]);
    const empty = { command: 'config' };
    expect((await runAction({ workspace: here.folder, with: empty, env: { INPUT_WHO: '' } })).code).toBe(0);
  });
});
