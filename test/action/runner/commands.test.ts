import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Effects } from './effects.ts';
import { createFileCommands, readPairs, readSummary } from './file-commands.ts';
import { createMasks } from './masks.ts';
import { createStepLog } from './step-log.ts';
import { createCommandReader } from './workflow-commands.ts';

const noEffects = (): Effects => ({ outputs: new Map(), state: new Map(), env: new Map(), path: [] });

function read(lines: readonly string[], { echo = false, env = {} } = {}) {
  const masks = createMasks();
  const log = createStepLog(masks, echo);
  const effects = noEffects();
  const reader = createCommandReader({ log, masks, effects, workspace: '/work', echo, env });
  for (const line of lines) reader.read(line);
  return { log: log.lines, annotations: log.annotations, effects, reader, masks };
}

describe('workflow commands', () => {
  test('lines without a command are the log, and commands say what they do', () => {
    const { log, annotations, reader } = read([
      'hello',
      '::group::first',
      '::debug::hidden',
      '::warning file=/work/a.yaml,line=2::careful',
      '::endgroup::ignored',
      '##[end-action x]',
      '::nothing known::',
    ]);
    expect(log).toEqual([
      'hello',
      '##[group]first',
      '##[warning]careful',
      '##[endgroup]',
      '##[\\end-action x]',
      '::nothing known::',
    ]);
    expect(annotations).toMatchObject([
      { level: 'warning', message: 'careful', file: 'a.yaml', line: 2, by: 'action' },
    ]);
    expect(reader.commands.map(({ name }) => name)).toEqual(['group', 'debug', 'warning', 'endgroup']);
    expect(reader.failed).toBe(false);
  });

  test('a mask holds from its line on, for each of its lines, in both kinds of output', () => {
    const { log, annotations } = read([
      'sesame',
      '::add-mask::sesame%0Aopen',
      'sesame',
      '::error::open',
      '::add-mask:: ',
    ]);
    expect(log).toEqual(['sesame', '***', '##[error]***', expect.stringContaining('##[warning]')]);
    expect(annotations[0]?.message).toBe('***');
    expect(annotations[1]?.by).toBe('runner');
  });

  test('between stop-commands and its token nothing is a command, and the token is a secret', () => {
    const { log, reader, annotations } = read([
      '::stop-commands::Token-123',
      '::error::foreign',
      '::stop-commands::other',
      'mentions ::Token-123:: only',
      '::token-123::',
      '::error::own',
      '::token-123::',
    ]);
    expect(log).toEqual([
      '::stop-commands::***',
      '::error::foreign',
      '::stop-commands::other',
      'mentions ::***:: only',
      // Compared without case, it ends the stop; masked only as it was written.
      '::token-123::',
      '##[error]own',
      '::token-123::',
    ]);
    expect(annotations.map(({ message }) => message)).toEqual(['own']);
    expect(reader.commands.map(({ name }) => name)).toEqual(['stop-commands', 'error']);
  });

  test.each(['', 'pause-logging', 'error', 'ERROR'])(
    'stop-commands cannot wait for %j: nothing is read after it',
    (token) => {
      const { reader, log } = read([`::stop-commands::${token}`, '::add-mask::x', 'more']);
      expect(reader.failed).toBe(true);
      expect(log.join('\n')).not.toContain('more');
    },
  );

  test('echo repeats commands but those that must not be repeated', () => {
    const lines = [
      '::group::a',
      '::echo::ON',
      '::group::b',
      '::add-mask::sesame',
      '::error::c',
      '::echo::off',
      '::group::d',
    ];
    expect(read(lines).log).toEqual([
      '##[group]a',
      '::group::b',
      '##[group]b',
      '::add-mask::***',
      '##[error]c',
      '::echo::off',
      '##[group]d',
    ]);
    expect(read(['::debug::seen', '::group::a'], { echo: true }).log).toEqual([
      '##[debug]seen',
      '::group::a',
      '##[group]a',
    ]);
  });

  test.each<[string, string]>([
    ['::set-env name=A::b', 'disabled'],
    ['::add-path::/bin', 'disabled'],
    ['::set-output::b', "'name' is missing"],
    ['::save-state::b', "'name' is missing"],
    ['::echo::perhaps', 'Invalid echo'],
    ['::echo::', 'Invalid echo'],
  ])('%s fails the step', (line, why) => {
    const { reader, annotations, effects } = read([line]);
    expect(reader.failed).toBe(true);
    expect(annotations.map(({ message }) => message).join('\n')).toContain(why);
    expect(annotations.every(({ by }) => by === 'runner')).toBe(true);
    expect(effects).toEqual(noEffects());
  });

  test('old commands do what they did, with a warning, and the disabled ones where the workflow opts in', () => {
    const lines = [
      '::set-output name=A::1',
      '::set-output name=a::2',
      '::save-state name=s::3',
      '::set-env name=E::4',
      '::set-env name=node_options::--require=x',
      '::add-path::/one',
      '::add-path::/two',
      '::add-path::/one',
    ];
    const { effects, annotations, reader } = read(lines, { env: { ACTIONS_ALLOW_UNSECURE_COMMANDS: 'true' } });
    expect([...effects.outputs]).toEqual([['A', '2']]);
    expect([...effects.state]).toEqual([['s', '3']]);
    expect([...effects.env]).toEqual([['E', '4']]);
    expect(effects.path).toEqual(['/two', '/one']);
    expect(annotations.map(({ level }) => level)).toEqual(['warning', 'warning', 'warning', 'error']);
    expect(reader.failed).toBe(false);
  });

  test('what this runner has no model of is said', () => {
    expect(read(['::add-matcher::x.json']).reader.unknown).toContain('add-matcher');
  });
});

describe('the files of commands', () => {
  const found = (text: string) => Object.fromEntries(readPairs(text).pairs);

  test.each<[string, Record<string, string>]>([
    ['', {}],
    ['a=1\n\nb=2', { a: '1', b: '2' }],
    ['a=b=c<<d', { a: 'b=c<<d' }],
    ['a=', { a: '' }],
    [' a = 1 ', { ' a ': ' 1 ' }],
    ['a=1\r\n', { a: '1\r' }],
    ['a=1\na=2', { a: '2' }],
    ['a<<E\none\n\ntwo\nE\nb=2', { a: 'one\n\ntwo', b: '2' }],
    ['a<<E\nE', { a: '' }],
    ['a<<E\n\nE\n', { a: '' }],
    ['a<<E\n E\nE \nxE\nE', { a: ' E\nE \nxE' }],
    ['a<<=\nx\n=', { a: 'x' }],
    ['a<<E\nb=INJECTED\nE\n', { a: 'b=INJECTED' }],
  ])('%j', (text, pairs) => {
    expect(found(text)).toEqual(pairs);
    expect(readPairs(text).fault).toBeNull();
  });

  test.each<[string, string, Record<string, string>]>([
    ['a=1\nword\nb=2', "Invalid format 'word'", { a: '1' }],
    ['<<E\nx\nE', 'Name must not be empty', {}],
    ['a<<\nx\n', 'delimiter must not be empty', {}],
    ['a=1\nb<<E\nx\n', "Matching delimiter not found 'E'", { a: '1' }],
    ['b<<E', "Matching delimiter not found 'E'", {}],
    ['b<<E\nx', 'EOF marker missing new line', {}],
    ['b<<E\nx\ne\n', "Matching delimiter not found 'E'", {}],
  ])('%j is refused', (text, fault, before) => {
    expect(readPairs(text).fault).toContain(fault);
    expect(found(text)).toEqual(before);
  });

  test.each<[number, 'none' | 'shown' | 'dropped']>([
    [0, 'none'],
    [1, 'shown'],
    [1024 * 1024, 'shown'],
    [1024 * 1024 + 1, 'dropped'],
  ])('a summary of %d bytes is %s', (bytes, kind) => {
    expect(readSummary(Buffer.alloc(bytes, 'x'), createMasks()).kind).toBe(kind);
  });

  test('a summary is masked a line at a time, and ends with a line break', () => {
    const masks = createMasks();
    masks.add('one\ntwo');
    masks.add('a secret');
    expect(readSummary(Buffer.from('\ufeffone\r\na secret\ntwo'), masks)).toEqual({
      kind: 'shown',
      text: '***\n***\n***\n',
    });
  });

  async function process(write: (files: Readonly<Record<string, string>>) => Promise<unknown>) {
    const temp = await mkdtemp(path.join(tmpdir(), 'stepgate-files-'));
    try {
      const { files, process: run } = await createFileCommands(temp, 'id');
      await write(files);
      const masks = createMasks();
      const log = createStepLog(masks, false);
      const effects = noEffects();
      const result = await run({ effects, log, masks });
      const left = await stat(files.output).catch(() => null);
      return { result, effects, errors: log.annotations.map(({ message }) => message), left };
    } finally {
      await rm(temp, { recursive: true });
    }
  }

  test('each has its effect, and none is left', async () => {
    const { result, effects, errors, left } = await process(async (files) => {
      await writeFile(files['path'] ?? '', '/one\n\n/two\r\n/one\n');
      await writeFile(files['env'] ?? '', '\ufeffA=1\nNode_Options=--require=x\nB=2\n');
      await writeFile(files['state'] ?? '', 's<<E\nx\ny\nE\n');
      await writeFile(files['output'] ?? '', 'o=1\nO=2\n');
    });
    expect(effects.path).toEqual(['/two', '/one']);
    expect([...effects.env]).toEqual([
      ['A', '1'],
      ['B', '2'],
    ]);
    expect([...effects.state]).toEqual([['s', 'x\ny']]);
    expect([...effects.outputs]).toEqual([['o', '2']]);
    expect(errors).toEqual(["Can't store Node_Options using '$GITHUB_ENV' command."]);
    expect(result).toMatchObject({ failed: false, summary: { kind: 'none' } });
    expect(left).toBeNull();
  });

  test('a fault in one fails the step; what stood before it and in the others counts', async () => {
    const { result, effects, errors } = await process(async (files) => {
      await writeFile(files['env'] ?? '', 'A=1\n=broken\nB=2\n');
      await writeFile(files['output'] ?? '', 'o=1\nbroken\nb=2\n');
    });
    expect(result.failed).toBe(true);
    expect([...effects.env]).toEqual([['A', '1']]);
    expect([...effects.outputs]).toEqual([['o', '1']]);
    expect(errors).toEqual([
      "Unable to process file command 'env' successfully.",
      expect.stringContaining('cannot be null'),
      "Unable to process file command 'output' successfully.",
      "Invalid format 'broken'",
    ]);
  });

  test.each([
    ['env', true],
    ['output', true],
    ['state', false],
  ] as const)('%s without a name fails the step: %s', async (kind, fails) => {
    const { result } = await process((files) => writeFile(files[kind] ?? '', '=nameless\n'));
    expect(result.failed).toBe(fails);
  });

  test('a summary that is too large is dropped with an error, and the step is none the worse; missing files are empty', async () => {
    const { result, errors } = await process(async (files) => {
      await writeFile(files['step_summary'] ?? '', 'x'.repeat(2 * 1024 * 1024));
      await rm(files['output'] ?? '');
    });
    expect(result).toMatchObject({ failed: false, summary: { kind: 'dropped' } });
    expect(errors).toEqual([expect.stringContaining('up to a size of 1024k, got 2048k')]);
  });
});
