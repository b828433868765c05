import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { commands, isCommand } from '../../src/commands/index.ts';
import { findWorkflows } from '../lint/workflows.ts';

/** The workflows that people copy from the documentation, and those of this repository. */

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly on: unknown;
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, { readonly permissions?: unknown; readonly steps: readonly Step[] }>>;
}

const all = findWorkflows(root).map(({ from, text }) => ({ where: from, text, workflow: parse(text) as Workflow }));
const steps = all.flatMap(({ where, workflow }) =>
  Object.values(workflow.jobs).flatMap((job) => job.steps.map((step) => ({ where, ...step }))),
);

/** The names of the events in `on`. */
function eventsOf({ on }: Workflow): readonly string[] {
  if (typeof on === 'string') return [on];
  return Array.isArray(on) ? on.map(String) : Object.keys(on ?? {});
}

test('threat 1: script injection: no workflow puts an expression into a script', () => {
  expect(new Set(all.map(({ where }) => where)).size).toBeGreaterThan(3);
  const scripts = steps.filter(({ run, with: given }) => run !== undefined || given?.['script'] !== undefined);
  expect(scripts.length).toBeGreaterThan(5);
  const texts = scripts.map(({ where, run, with: given }) => `${where}: ${run ?? given?.['script']}`);
  expect(texts.filter((text) => text.includes('${{'))).toEqual([]);
});

test('threat 2: a pull request that deploys: no workflow runs a command that writes on one', () => {
  const events = all.flatMap(({ workflow }) => eventsOf(workflow));
  expect(events).toContain('pull_request');
  expect(events).not.toContain('pull_request_target');
  const given = all
    .filter(({ workflow }) => eventsOf(workflow).some((event) => event.startsWith('pull_request')))
    .flatMap(({ workflow }) => Object.values(workflow.jobs).flatMap((job) => job.steps))
    .flatMap(({ with: given }) => (typeof given?.['command'] === 'string' ? [given['command']] : []));
  expect(given).toContain('plan');
  expect(given.filter((name) => !isCommand(name) || commands[name].writes)).toEqual([]);
});

test('threat 21: supply chain: every action is pinned to a commit, and every job has the permissions that it names', () => {
  const used = steps.flatMap(({ where, uses }) => (uses === undefined ? [] : [`${where}: ${uses}`]));
  expect(used.length).toBeGreaterThan(10);
  expect(used.filter((one) => !/@(?:[0-9a-f]{40}|COMMIT)$/.test(one))).toEqual([]);
  for (const { where, text, workflow } of all) {
    expect(workflow.permissions, where).toEqual({});
    // A part of a workflow, such as a list of steps, has no job of its own.
    const jobs = Object.entries(workflow.jobs).filter(([name]) => name !== 'part');
    for (const [, job] of jobs) expect(job.permissions, where).toBeDefined();
    // A reader has to see which version a commit is.
    for (const line of text.split('\n').filter((one) => /^\s*-? ?uses:/.test(one)))
      expect(line).toMatch(/# v\d+\.\d+\.\d+$/);
  }
});

test('threat 21: supply chain: a job that may publish runs no code of the repository or of a package', () => {
  const release = all.find(({ where }) => where === '.github/workflows/release.yml');
  const jobs = Object.values(release?.workflow.jobs ?? {});
  const powerful = jobs.filter(({ permissions }) => Object.values(permissions ?? {}).includes('write'));
  const names = powerful.flatMap(({ permissions }) => Object.keys(permissions ?? {}));
  expect(names.sort()).toEqual(['attestations', 'contents', 'id-token']);
  const inside = powerful.flatMap((job) => job.steps);
  expect(inside.flatMap(({ run }) => run ?? []).map((run) => run.split(' ').slice(0, 3).join(' '))).toEqual([
    'npm publish ./stepgate-*.tgz',
    'gh release create',
  ]);
  expect(inside.flatMap(({ run }) => run ?? [])[0]).toContain('--ignore-scripts');
  expect(inside.filter(({ uses }) => uses?.startsWith('actions/checkout@'))).toEqual([]);
  // The jobs with code of others: nothing but the files goes from them to the others.
  const others = jobs.filter((job) => !powerful.includes(job));
  expect(others.map(({ permissions }) => permissions)).toEqual([{ contents: 'read' }]);
  const commands = others.flatMap((job) => job.steps.flatMap(({ run }) => run ?? [])).join('\n');
  for (const part of [
    'npm ci',
    'npm test',
    'npm run build',
    'git diff --exit-code',
    'git merge-base --is-ancestor',
    'npm pack',
  ])
    expect(commands).toContain(part);
});
