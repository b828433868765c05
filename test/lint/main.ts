import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installLinters, type Linters } from './install.ts';
import { findWorkflows, type Workflow } from './workflows.ts';

/**
 * Lints every workflow of the documentation, of examples/ and of this repository, and action.yml. Ends with 1 for any finding
 * and when a linter is missing.
 */
const root = join(import.meta.dirname, '..', '..');

interface Linter {
  readonly name: keyof Linters;
  readonly args: readonly string[];
  /** Replaces the placeholder of the documentation for a release of stepgate. */
  readonly stepgate: string;
  readonly reads: (workflow: Workflow) => boolean;
  /** Linted beside the workflows. */
  readonly others: readonly string[];
}

const actionlint = {
  name: 'actionlint',
  // Version 1.7.12 does not know 'queue'. Without its two helpers, the result does not depend on what is installed.
  args: ['-no-color', '-shellcheck=', '-pyflakes=', '-ignore', 'unexpected key "queue" for "concurrency" section'],
  // The action beside the workflow, so that its inputs are checked.
  stepgate: './',
  reads: ({ isPart }) => !isPart,
  others: [],
} as const satisfies Linter;

const linters: readonly Linter[] = [
  actionlint,
  {
    ...actionlint,
    args: [...actionlint.args, '-ignore', 'missing input "command" which is required by action "stepgate"'],
    reads: ({ isPart }) => isPart,
  },
  {
    name: 'zizmor',
    // strict: a file that it does not understand is an error, not left out.
    args: ['--offline', '--no-progress', '--quiet', '--strict-collection'],
    stepgate: 'OWNER/stepgate@0123456789abcdef0123456789abcdef01234567',
    reads: () => true,
    others: ['action.yml'],
  },
];

/** What a linter found; null for nothing. */
function lint(
  { name, args, stepgate, others }: Linter,
  program: string,
  workflows: readonly Workflow[],
): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'stepgate-lint-'));
  try {
    // actionlint takes a folder for a repository when both are there.
    mkdirSync(join(folder, '.git'));
    mkdirSync(join(folder, '.github', 'workflows'), { recursive: true });
    copyFileSync(join(root, 'action.yml'), join(folder, 'action.yml'));
    symlinkSync(join(root, 'dist'), join(folder, 'dist'));
    const files = workflows.map(({ text }, index) => {
      const file = `.github/workflows/${index}.yml`;
      writeFileSync(join(folder, file), text.replaceAll('OWNER/stepgate@COMMIT', stepgate));
      return file;
    });
    const ended = spawnSync(program, [...args, ...files, ...others], { cwd: folder, encoding: 'utf8' });
    if (ended.error !== undefined) throw new Error(`${name} cannot be started: ${ended.error.message}`);
    if (ended.status === 0) return null;
    return files.reduce(
      (output, file, index) => output.replaceAll(file, workflows[index]?.from ?? file),
      `${ended.stdout}${ended.stderr}`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

try {
  const begin = performance.now();
  const programs = await installLinters();
  const installed = performance.now();
  const workflows = findWorkflows(root);
  const wrong = {
    from: 'wrong.yml',
    text: readFileSync(join(import.meta.dirname, 'wrong.yml'), 'utf8'),
    isPart: false,
  };
  for (const linter of linters) {
    const program = programs[linter.name];
    if (!lint(linter, program, [wrong])?.includes('inject')) {
      throw new Error(`${linter.name} does not find the injection in test/lint/wrong.yml`);
    }
    const found = lint(linter, program, workflows.filter(linter.reads));
    if (found === null) continue;
    console.error(`${linter.name}:\n${found}`);
    process.exitCode = 1;
  }
  const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(1)} s`;
  const times = `${seconds(begin, installed)} to install the linters, ${seconds(installed, performance.now())} to lint`;
  console.log(
    `${workflows.length} workflows and parts of workflows: ${process.exitCode === 1 ? 'findings' : 'no findings'} (${times})`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
