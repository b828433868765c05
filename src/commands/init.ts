import { checkDrafts } from '../flow/init/checked.ts';
import { type Drafted, draftDeliveries } from '../flow/init/draft.ts';
import type { LeftOut } from '../flow/init/found.ts';
import { readRepository } from '../flow/init/read-repository.ts';
import { gates } from '../gates/index.ts';
import { printFirstConfig } from '../policy/first-config.ts';
import type { Source } from '../release/delivery.ts';
import { environmentError, inputError, refusal } from '../release/error.ts';
import type { WorkTree } from '../release/ports.ts';
import { type Initiated, renderInit, renderInitJson, renderInitMarkdown } from '../views/init.ts';
import { wrap } from '../views/lines.ts';
import { logLine, oneLine } from '../views/neutral.ts';
import { yamlWithoutCommands } from '../views/yaml-in-log.ts';
import { COMMENT_WIDTH } from './import-problems.ts';
import type { Result } from './index.ts';
import { formatOf } from './input.ts';
import type { Run } from './run.ts';

/** Where npm puts the schema of the config, for editors. */
const SCHEMA = 'node_modules/stepgate/dist/stepgate.schema.json';

/**
 * Makes a first config from the manifests in the work tree, and writes it there; with --dry-run it is printed. Throws CONFIG_EXISTS where
 * there is one already, SOURCE_INVALID where nothing can be released, and USAGE where a namespace has to be given.
 */
export async function init(run: Run<'init'>): Promise<Result> {
  const made = await initiate(run);
  const { input, context } = run;
  const format = formatOf(input);
  const isText = format === 'text';
  // What is printed is the config alone, so that it can be piped.
  if (isText && input['dry-run']) for (const line of renderInit(made, plain)) context.log(line);
  return {
    kind: 'drawn',
    exitCode: 0,
    draw(options) {
      if (format === 'json') return `${renderInitJson(made)}\n`;
      if (format === 'markdown') return renderInitMarkdown(made);
      return input['dry-run'] ? made.config : `${renderInit(made, options).join('\n')}\n`;
    },
  };
}

const plain = { color: false, width: 100 };

async function initiate(run: Run<'init'>): Promise<Initiated> {
  const { context, input } = run;
  const { config: file, force } = input;
  const work = workOf(run);
  const commit = await work.snapshot();
  const writes = !input['dry-run'];
  if (writes && !force && (await context.repo.read(commit, file)) !== null) throw exists(file);
  const found = await readRepository(context, { commit, not: [file], namespace: input.namespace });
  const { proposer } = context.targets.usual;
  const { drafts, leftOut, homeless } = draftDeliveries(found, proposer, input.namespace);
  if (homeless.length > 0) {
    const list = homeless.slice(0, 5).map(({ title, path }) => `${title} (${path})`);
    throw inputError('USAGE', `no manifest says the namespace of ${oneLine(list.join(', '))}`, {
      hint: `name it: stepgate init --namespace NAME`,
    });
  }
  const all = drafts.length === 0 ? null : context.config.parser.resolve({ file, text: configOf(drafts) }, []);
  const checked =
    all === null ? { drafts, leftOut: [], warnings: [] } : await checkDrafts(context, { commit, drafts, config: all });
  const without = [...leftOut, ...checked.leftOut];
  if (checked.drafts.length === 0) throw nothing(run, without);
  const config = configOf(checked.drafts);
  context.config.parser.resolve({ file, text: config }, []);
  if (writes && (await work.write(file, config, { replace: force })) === 'exists') throw exists(file);
  return {
    file,
    written: writes,
    config,
    deliveries: checked.drafts.map(({ delivery, why }) => ({
      name: delivery.name,
      workload: `${delivery.workload.kind} ${delivery.workload.name}`,
      namespace: delivery.namespace,
      source: sourceWords(delivery.source),
      why: why.map(({ text }) => text),
      warnings: checked.warnings
        .filter((one) => one.delivery === delivery.name)
        .map(({ finding }) => finding)
        .map(({ code, message, wayOut }) => ({ code, message, wayOut })),
    })),
    leftOut: without,
  };
}

function workOf({ context }: Run<'init'>): WorkTree {
  if (context.work !== undefined) return context.work;
  throw environmentError('GIT_FAILED', 'there is no work tree to read and to write to', {
    hint: 'run stepgate init in a clone of the repository that has the manifests',
  });
}

function exists(file: string) {
  return refusal(
    'CONFIG_EXISTS',
    `${file} is there already`,
    'to see what it would be: --dry-run; to write over it: --force',
  );
}

/** The error where nothing can be released: what was found, and why it was not taken. */
function nothing({ context }: Run<'init'>, leftOut: readonly LeftOut[]) {
  for (const { what, path, why } of leftOut.slice(0, 20)) context.log(logLine(`left out: ${what} (${path}): ${why}`));
  const { workloadKinds } = context.targets.usual;
  const found = leftOut.length === 0 ? 'no manifest was found' : `${leftOut.length} objects and files were left out`;
  return inputError('SOURCE_INVALID', `nothing here can be released in steps: ${found}`, {
    hint: `stepgate releases ${workloadKinds.join(', ')}, from plain files, kustomizations or Helm charts`,
  });
}

function configOf(drafts: readonly Drafted[]): string {
  const blocks = drafts.map(({ delivery, plan, why }) => ({
    delivery,
    plan,
    remarks: why.map(({ key, text }) => ({ path: key, lines: wrap(oneLine(text), COMMENT_WIDTH) })),
  }));
  const text = printFirstConfig(blocks, [...heading, ...explained(drafts)]);
  // Names from manifests are foreign text: spelled so that no terminal and no log takes it for something else.
  return yamlWithoutCommands(`# yaml-language-server: $schema=${SCHEMA}\n${text}`);
}

const heading = ['Made by stepgate init. It is yours now: change what does not fit. Every key: docs/config.md'];

/** What the keys mean, for those that are there. */
function explained(drafts: readonly Drafted[]): readonly string[] {
  const steps = drafts.flatMap(({ delivery }) => delivery.steps);
  const starts = drafts.flatMap(({ delivery }) => delivery.startWhen);
  const kinds = new Set([...steps.flatMap(({ leaveWhen }) => leaveWhen), ...starts].map(({ kind }) => kind));
  const said = [
    'replicas: how many pods have the new version at that step, of all of them',
    ...(steps.some(({ traffic }) => traffic !== null) ? ['traffic: the share of requests that goes to it'] : []),
    'leaveWhen: what a release waits for before it leaves the step; [] is nothing but ready pods',
    ...(starts.length > 0 ? ['startWhen: what it waits for before it starts'] : []),
    ...[...kinds].flatMap((kind) => {
      const about = gates[kind].inConfig?.key.about;
      return about === undefined ? [] : wrap(`${kind}: ${about}`, COMMENT_WIDTH);
    }),
    'To let a release go on: stepgate promote. A bad one goes back with stepgate rollback. To let',
    'stepgate take it back, add to a delivery: rollback: {on: [stuck, unready], stuckAfter: 15m}',
  ];
  return ['', ...said];
}

function sourceWords(source: Source): string {
  switch (source.kind) {
    case 'files':
      return source.patterns.join(', ');
    case 'kustomize':
      return source.folder;
    case 'helm':
      return source.chart;
  }
}
