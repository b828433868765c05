import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { pages } from '../../docs.ts';
import { commands, isCommand } from '../../src/commands/index.ts';

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

interface Found {
  readonly where: string;
  readonly text: string;
  readonly workflow: Workflow;
}

async function workflows(): Promise<readonly Found[]> {
  const own = (await readdir(path.join(root, '.github/workflows'))).map((name) => `.github/workflows/${name}`);
  const found = await Promise.all(
    [...(await pages()), ...own].map(async (where) => {
      const page = await readFile(path.join(root, where), 'utf8');
      const texts = where.endsWith('.md')
        ? [...page.matchAll(/```ya?ml\n([\s\S]*?)```/g)].map(([, text = '']) => text)
        : [page];
      return texts
        .filter((text) => /^jobs:/m.test(text))
        .map((text) => ({ where, text, workflow: parse(text) as Workflow }));
    }),
  );
  return found.flat();
}

const all = await workflows();
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
    for (const job of Object.values(workflow.jobs)) expect(job.permissions, where).toBeDefined();
    // A reader has to see which version a commit is.
    for (const line of text.split('\n').filter((one) => /^\s*-? ?uses:/.test(one)))
      expect(line).toMatch(/# v\d+\.\d+\.\d+$/);
  }
});
