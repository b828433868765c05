import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A workflow as the linters read it. Its lines have the numbers that they have in the file it comes from. */
export interface Workflow {
  readonly from: string;
  readonly text: string;
  /** Whether it was completed from a part, which need not have every input of its steps. */
  readonly isPart: boolean;
}

/** The workflows of the documentation, of `examples/` and of this repository, and the parts of workflows there. */
export function findWorkflows(root: string): readonly Workflow[] {
  const read = (pattern: string) =>
    globSync(pattern, { cwd: root })
      .sort()
      .map((from) => ({ from, text: readFileSync(join(root, from), 'utf8') }));
  const pages = [...read('README.md'), ...read('docs/*.md'), ...read('examples/**/*.md')].flatMap(blocksOf);
  const files = [...read('examples/**/*.{yml,yaml}'), ...read('.github/workflows/*.{yml,yaml}')];
  return [...pages, ...files.map((file) => ({ ...file, line: 1 }))].flatMap((block) => workflowIn(block) ?? []);
}

/** A piece of YAML, and the line at which it begins. */
export interface Block {
  readonly from: string;
  readonly text: string;
  readonly line: number;
}

/** The YAML blocks of a Markdown page. */
export function blocksOf({ from, text }: Omit<Block, 'line'>): readonly Block[] {
  return [...text.matchAll(/^( *)```ya?ml\n([\s\S]*?)^\1```$/gm)].map(([, indent = '', inside = ''], index, all) => ({
    from,
    text: inside.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    line: text.slice(0, all[index]?.index).split('\n').length + 1,
  }));
}

/** The lines around the keys of a job, and those around its list of steps. */
const job = ['name: part', 'on: push', 'permissions: {}', 'jobs:', '  part:', '    runs-on: ubuntu-24.04'];
const steps = [...job, '    steps:'];

/**
 * The block as a whole workflow: the keys of a job and a list of steps are completed to one. Null when the block has no
 * step. Throws for any other part of a workflow, because the linters would not see it.
 */
export function workflowIn({ from, text, line }: Block): Workflow | null {
  const within = (around: readonly string[], indent: string) => {
    const before = [...Array<string>(Math.max(0, line - 1 - around.length)).fill(''), ...around];
    return { from, isPart: around.length > 0, text: [...before, text.replaceAll(/^(?=.)/gm, indent)].join('\n') };
  };
  if (!/(?:^|[\s{])(?:uses|run):/m.test(text)) return null;
  if (/^jobs:/m.test(text)) return within([], '');
  if (/^steps:/m.test(text)) return within(job, '    ');
  if (/^- /m.test(text)) return within(steps, '      ');
  throw new Error(
    `${from}:${line}: this part of a workflow cannot be linted. Begin it with jobs, with steps or with a step`,
  );
}
