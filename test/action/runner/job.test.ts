import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type JobOptions, type JobResult, runJob } from './job.ts';
import type { StepSpec } from './step.ts';

/** An empty workspace, and actions made of the text of their scripts; `notes` is where scripts leave what they saw. */
async function bench() {
  const root = await mkdtemp(path.join(tmpdir(), 'stepgate-bench-'));
  const workspace = path.join(root, 'space', 'shop');
  await mkdir(workspace, { recursive: true });
  return {
    root,
    workspace,
    /** An action of `main` and more, as one step; scripts are ES modules with `fs` and `env`. */
    async step(id: string, scripts: Readonly<Record<string, string>>, more: Partial<StepSpec> = {}, runs = '') {
      const folder = path.join(root, 'actions', id);
      await mkdir(folder, { recursive: true });
      const stages = Object.keys(scripts).map((stage) => `  ${stage}: ${stage}.mjs\n`);
      await writeFile(
        path.join(folder, 'action.yml'),
        `name: ${id}\ninputs:\n  word: { default: none }\nruns:\n  using: node24\n${stages.join('')}${runs}`,
      );
      for (const [stage, text] of Object.entries(scripts)) {
        await writeFile(
          path.join(folder, `${stage}.mjs`),
          `import fs from 'node:fs';const { env } = process;\n${text}`,
        );
      }
      return { id, uses: `acme/${id}@v1`, folder, ...more } satisfies StepSpec;
    },
    run: (steps: readonly StepSpec[], more: Partial<JobOptions> = {}) => runJob({ workspace, steps, ...more }),
    notes: async () => (await readFile(path.join(root, 'space', 'notes'), 'utf8')).trim().split('\n'),
    async until(name: string) {
      while (
        !(await access(path.join(workspace, name)).then(
          () => true,
          () => false,
        ))
      )
        await sleep(20);
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

const note = (text: string) => `fs.appendFileSync('../notes', \`${text}\\n\`);\n`;
const output = (text: string) => `fs.appendFileSync(env.GITHUB_OUTPUT, ${JSON.stringify(text)});\n`;
const ran = ({ steps }: JobResult) => steps.map(({ id, stage, conclusion }) => `${stage} ${id} ${conclusion}`);
const errors = ({ annotations }: JobResult) => annotations.map(({ level, message }) => `${level}: ${message}`);

describe('the stages of actions', () => {
  test('every pre comes first and every post last and backwards; state goes along, environment and PATH go on', async () => {
    await using here = await bench();
    const seen = `word=\${env.INPUT_WORD} state=\${env.STATE_last} E=\${env.E} \${env.PATH.split(':')[0]}`;
    const stage = (name: string) => `${note(`${name} \${env.GITHUB_ACTION} ${seen}`)}
      fs.appendFileSync(env.GITHUB_STATE, 'last=${name}\\n');`;
    const main = `${stage('main')}
      fs.appendFileSync(env.GITHUB_ENV, 'E=' + env.GITHUB_ACTION + '\\n');
      fs.appendFileSync(env.GITHUB_PATH, '/' + env.GITHUB_ACTION + '\\n');`;
    const scripts = { pre: stage('pre'), main, post: `${stage('post')}${output('late=1')}` };
    const a = await here.step('a', scripts, { with: { word: 'x' }, env: { E: 'own' } });
    const b = await here.step('b', scripts);
    const result = await here.run([a, b], { env: { E: 'of the job' }, machine: { PATH: '/bin' } });
    expect(await here.notes()).toEqual([
      'pre a word=x state=undefined E=own /bin',
      'pre b word=none state=undefined E=of the job /bin',
      'main a word=x state=pre E=own /bin',
      'main b word=none state=pre E=a /a',
      'post b word=none state=main E=b /b',
      'post a word=x state=main E=own /b',
    ]);
    expect(result.status).toBe('success');
    expect(result.steps.every(({ outputs }) => outputs.size === 0)).toBe(true);
    expect(result.steps[5]?.heading).toEqual(['Post job cleanup.']);
  });

  test('a local action has no pre, and is told so', async () => {
    await using here = await bench();
    const local = await here.step('a', { pre: note('pre'), main: note('main') }, { uses: './actions/a' });
    const result = await here.run([local]);
    expect(await here.notes()).toEqual(['main']);
    expect(errors(result)).toEqual([expect.stringMatching(/^warning: `pre` is not run/)]);
  });

  test('after a failure: what says so runs, and each post that was reached', async () => {
    await using here = await bench();
    const post = note(`post \${env.GITHUB_ACTION}`);
    const steps = [
      await here.step('tolerated', { main: 'process.exit(1)', post }, { continueOnError: true }),
      await here.step('fails', { main: 'process.exitCode = 3', post }, {}, '  post-if: success()\n'),
      await here.step('skipped', { main: note('never'), post }),
      await here.step('whenever', { main: note('always'), post }, { if: 'always()' }),
      await here.step('repairs', { main: note('failure') }, { if: 'failure()' }),
    ];
    const result = await here.run(steps);
    expect(ran(result)).toEqual([
      'main tolerated success',
      'main fails failure',
      'main whenever success',
      'main repairs success',
      'post whenever success',
      'post tolerated success',
    ]);
    expect(result.skipped).toEqual([
      { id: 'skipped', stage: 'main' },
      { id: 'fails', stage: 'post' },
    ]);
    expect(result.steps[0]?.outcome).toBe('failure');
    expect(result.status).toBe('failure');
    expect(await here.notes()).toEqual(['always', 'failure', 'post whenever', 'post tolerated']);
  });
});

describe('what a step is given', () => {
  test('the contexts over what the workflow sets, the event, and neither the token nor what the machine has of Node', async () => {
    await using here = await bench();
    const main = `fs.writeFileSync('seen.json', JSON.stringify({ env, cwd: process.cwd(),
      event: JSON.parse(fs.readFileSync(env.GITHUB_EVENT_PATH, 'utf8')), stdin: fs.readFileSync(0, 'utf8') }));`;
    await here.run([await here.step('a', { main }, { env: { GITHUB_SHA: 'mine', RUNNER_OS: 'mine', CI: 'no' } })], {
      github: { event_name: 'issue_comment', actor: 'ada' },
      payload: { comment: { id: 1 } },
      machine: { NODE_ICU_DATA: '/x', LANG: 'C' },
    });
    const seen = JSON.parse(await readFile(path.join(here.workspace, 'seen.json'), 'utf8'));
    expect(seen).toMatchObject({ cwd: here.workspace, event: { comment: { id: 1 } }, stdin: '' });
    expect(seen.env).toMatchObject({
      CI: 'no',
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTION: 'a',
      GITHUB_ACTION_REPOSITORY: 'acme/a',
      GITHUB_ACTION_REF: 'v1',
      GITHUB_ACTOR: 'ada',
      GITHUB_TRIGGERING_ACTOR: 'ada',
      GITHUB_EVENT_NAME: 'issue_comment',
      GITHUB_WORKSPACE: here.workspace,
      GITHUB_SHA: expect.stringMatching(/^[0-9]{40}$/),
      RUNNER_OS: expect.not.stringContaining('mine'),
      RUNNER_TEMP: expect.stringContaining('_temp'),
      ACTIONS_RUNTIME_TOKEN: expect.stringContaining('runtime-token'),
      LANG: 'C',
    });
    for (const name of ['GITHUB_TOKEN', 'NODE_ICU_DATA', 'RUNNER_DEBUG']) expect(seen.env).not.toHaveProperty(name);
  });

  test('RUNNER_TEMP is empty before and after', async () => {
    await using here = await bench();
    const temp = path.join(here.root, 'temp');
    await mkdir(temp);
    await writeFile(path.join(temp, 'of an earlier job'), '');
    const main = `fs.writeFileSync(env.RUNNER_TEMP + '/mine', '');${note(`\${fs.readdirSync(env.RUNNER_TEMP).sort()}`)}`;
    await here.run([await here.step('a', { main })], { temp });
    expect(await here.notes()).toEqual(['_github_workflow,_runner_file_commands,mine']);
    await expect(access(path.join(temp, 'mine'))).rejects.toThrow('ENOENT');
    await access(temp);
  });

  test('secrets are masked at the head of the log too, and debugging shows more', async () => {
    await using here = await bench();
    const main = `console.log('::debug::' + env.INPUT_WORD); console.error(env.RUNNER_DEBUG, env.ACTIONS_RUNTIME_TOKEN);`;
    const { steps } = await here.run([await here.step('a', { main }, { with: { word: 'two\nlines' } })], {
      secrets: ['two\nlines'],
      debugging: true,
    });
    expect(steps[0]?.heading).toEqual(['##[group]Run acme/a@v1', 'with:', '  word: ***', '##[endgroup]']);
    // The second line of what was printed is a line of its own, and known as one.
    expect(steps[0]?.log.lines.toSorted()).toEqual(['##[debug]***', '***', '1 ***']);
  });
});

describe('a broken action', () => {
  const secret = `console.log('::add-mask::sesame');${output('word=open sesame\nother=fine\n')}`;
  test.each<[string, string, Partial<JobResult>, readonly unknown[]]>([
    ['that exits with 1', 'process.exit(1)', { status: 'failure' }, []],
    ['that throws', "throw new Error('x')", { status: 'failure' }, []],
    ['that only prints an error', "console.log('::error::x')", { status: 'success' }, ['error: x']],
    ['that is killed', "process.kill(process.pid, 'SIGKILL')", { status: 'failure' }, []],
    [
      'with an output that is no pair',
      output('word=1\nnonsense\n'),
      { status: 'failure', outputs: { word: '1' } },
      [expect.stringContaining("'output'"), "error: Invalid format 'nonsense'"],
    ],
    [
      'with a delimiter that does not come',
      output('word<<EOF\n1\nEOF '),
      { status: 'failure', outputs: {} },
      [expect.stringContaining("'output'"), expect.stringContaining('EOF marker')],
    ],
    [
      'with a secret in an output',
      secret,
      { status: 'success', outputs: { other: 'fine' }, completion: [expect.stringContaining("Skip output 'word'")] },
      [],
    ],
    [
      'with more outputs than a job may have',
      `fs.appendFileSync(env.GITHUB_OUTPUT, 'word=' + 'x'.repeat(600_000));`,
      { status: 'failure', outputs: {}, completion: [expect.stringContaining('1200008 bytes')] },
      [],
    ],
    [
      'with a summary that is too large',
      `fs.appendFileSync(env.GITHUB_STEP_SUMMARY, 'x'.repeat(1024 * 1024 + 1));${output('word=1')}`,
      { status: 'success', outputs: { word: '1' }, summaries: [] },
      [expect.stringContaining('upload aborted')],
    ],
    [
      'with a disabled command',
      "console.log('::set-env name=A::b')",
      { status: 'failure' },
      [expect.stringContaining('Unable to process'), expect.stringContaining('disabled')],
    ],
  ])('%s', async (_, main, expected, told) => {
    await using here = await bench();
    const result = await here.run([await here.step('a', { main })], {
      outputs: { word: { step: 'a', output: 'WORD' }, other: { step: 'a', output: 'other' } },
    });
    expect(result).toMatchObject(expected);
    expect(errors(result)).toEqual(told);
  });

  test('whose script is not there fails; one that asks for more than this runner knows is refused', async () => {
    await using here = await bench();
    const gone = await here.step('gone', { main: '' });
    await rm(path.join(gone.folder, 'main.mjs'));
    const result = await here.run([gone]);
    expect(result.status).toBe('failure');
    expect(errors(result)).toEqual([expect.stringContaining('File not found')]);
    const matcher = await here.step('matcher', { main: "console.log('::add-matcher::x.json')" });
    await expect(here.run([matcher])).rejects.toThrow('no model of add-matcher');
  });

  test('with more than is shown of a job: 50 annotations, 20 summaries', async () => {
    await using here = await bench();
    const main = `for (let i = 0; i < 3; i++) console.log('::notice::' + i);
      fs.appendFileSync(env.GITHUB_STEP_SUMMARY, 'of ' + env.GITHUB_ACTION);`;
    const one = await here.step('a', { main });
    const steps = Array.from({ length: 21 }, (_, index) => ({ ...one, id: `a${index}` }));
    const { annotations, summaries } = await here.run(steps);
    expect(annotations).toHaveLength(50);
    expect(summaries).toHaveLength(20);
    expect(summaries.at(-1)).toBe('of a19\n');
  }, 60_000);
});

describe.concurrent('the end of a step', () => {
  const ready = "fs.writeFileSync('ready', '');setInterval(() => {}, 1000);\n";
  const on = (signal: string, work: string) => `process.on('${signal}', () => { ${work} });\n`;

  test('cancelled, it gets SIGINT and its files are read; then only what always runs does, each post too', async () => {
    await using here = await bench();
    const main =
      on('SIGINT', `${output('state=tidy')} fs.appendFileSync(env.GITHUB_STATE, 'left=it'); process.exit(0)`) + ready;
    const steps = [
      await here.step('a', { main, post: note(`post \${env.STATE_left}`) }),
      await here.step('next', { main: note('never') }),
      await here.step('tidies', { main: note('cancelled') }, { if: 'cancelled()' }),
      await here.step('fails', { main: note('never') }, { if: 'failure()' }),
    ];
    const result = await here.run(steps, {
      cancel: here.until('ready'),
      outputs: { state: { step: 'a', output: 'state' } },
    });
    expect(result.status).toBe('cancelled');
    expect(ran(result)).toEqual(['main a cancelled', 'main tidies success', 'post a success']);
    expect(result.outputs).toEqual({ state: 'tidy' });
    expect(result.steps[0]?.process).toMatchObject({ code: 0, signal: null });
    expect(result.steps[0]?.process?.endedAfter).toBeLessThan(5_000);
    expect(errors(result)).toEqual(['error: The operation was canceled.']);
    expect(await here.notes()).toEqual(['cancelled', 'post it']);
  }, 60_000);

  test.each([
    ['SIGINT', 'SIGTERM', 7_500],
    ['SIGINT SIGTERM', 'SIGKILL', 10_000],
  ])(
    'it hears nothing of %s: %s comes after %d ms',
    async (deaf, signal, after) => {
      await using here = await bench();
      const main =
        deaf
          .split(' ')
          .map((one) => on(one, note(one)))
          .join('') + ready;
      const result = await here.run([await here.step('a', { main })], { cancel: here.until('ready') });
      expect(result.steps[0]?.process).toMatchObject({ code: null, signal });
      expect(result.steps[0]?.process?.endedAfter).toBeGreaterThan(after - 50);
      expect(result.steps[0]?.process?.endedAfter).toBeLessThan(after + 2_500);
      expect(result.status).toBe('cancelled');
      expect(await here.notes()).toEqual(deaf.split(' '));
    },
    60_000,
  );

  test('a step that always runs is not interrupted, until the grace is over', async () => {
    await using here = await bench();
    const main = on('SIGINT', 'process.exit(0)') + ready;
    const result = await here.run(
      [
        await here.step('a', { main }, { if: 'always()' }),
        await here.step('b', { main: note('b') }, { if: 'always()' }),
      ],
      {
        cancel: here.until('ready'),
        afterCancel: 700,
      },
    );
    expect(ran(result)).toEqual(['main a cancelled']);
    expect(result.skipped).toEqual([{ id: 'b', stage: 'main' }]);
  }, 60_000);

  test('out of time, it is ended the same way, and has failed', async () => {
    await using here = await bench();
    const steps = [
      await here.step(
        'a',
        { main: on('SIGINT', 'process.exit(0)') + ready, post: note('post') },
        { timeoutMinutes: 0.02 },
      ),
      await here.step('b', { main: note('b') }),
    ];
    const result = await here.run(steps);
    expect(ran(result)).toEqual(['main a failure', 'post a success']);
    expect(result.status).toBe('failure');
    expect(errors(result)).toEqual([expect.stringContaining('timed out after 0.02 minutes')]);
  }, 60_000);

  test('what it started and left behind is not waited for, and is ended with the job', async () => {
    await using here = await bench();
    const main = `import { spawn } from 'node:child_process';
      spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit', detached: true }).unref();
      console.log('done');`;
    const result = await here.run([await here.step('a', { main })]);
    expect(result.steps[0]).toMatchObject({ conclusion: 'success', process: { code: 0, outputHeld: true } });
    expect(result.steps[0]?.log.lines).toEqual(['done']);
    expect(result.orphans).toHaveLength(1);
  }, 60_000);
});
