import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { operations } from './src/adapters/github/operations.ts';
import type { Bound } from './src/commands/identities.ts';
import { actionCommands, actionOptions, type Command, commands, listed } from './src/commands/index.ts';
import { isArgument, type OptionName, optionNames, options } from './src/commands/options.ts';
import { printPermissions } from './src/commands/permission-documents.ts';
import type { Key, Shape } from './src/config/shapes.ts';
import { rightsOf } from './src/flow/rights.ts';
import { freezeShape } from './src/policy/freeze.ts';
import { includedShape, rootShape } from './src/policy/keys.ts';
import { parseConfig } from './src/policy/schema.ts';
import { codes } from './src/release/codes.ts';
import type { Delivery } from './src/release/delivery.ts';
import { groupOf } from './src/release/kinds.ts';
import type { ExitCode } from './src/release/report.ts';
import { duties, dutyNames, has, type Right } from './src/release/right.ts';
import { outputs } from './src/reporters/outputs.ts';
import { targets } from './src/targets/index.ts';
import { stylesOf, workloadKindRows } from './src/targets/kruise/workloads/index.ts';
import type { Listed } from './src/views/listed.ts';
import { listedParts } from './src/views/listed-paths.ts';
import { apartCells, countCells, differCells, featureCells } from './test/recordings/cells.ts';
import { rules } from './test/webhook-rules/index.ts';
import { type Answer, type Ours, readable } from './test/webhook-rules/rule.ts';

/** What the documents say about the code is made from the code: `npm run docs` writes it, a test holds it. */
const about = 'Release to Kubernetes step by step from Git: drives OpenKruise Rollouts, gate by gate';

/** The Action's metadata: its inputs are the options of its commands on the command line. */
export function actionYml(): string {
  const more = { value: '', list: '; one a line', flag: '; true or false' };
  const inputs = actionOptions.map((name) => ({ name, ...options[name], default: defaultOf(name) }));
  return [
    '# Made from src/ by `npm run docs`.',
    'name: stepgate',
    `description: ${JSON.stringify(about)}`,
    'author: stepgate',
    'branding: { icon: fast-forward, color: blue }',
    'inputs:',
    '  command:',
    `    description: ${JSON.stringify(`one of ${actionCommands.join(', ')}`)}`,
    '    required: true',
    ...inputs.flatMap((input) => [
      `  ${input.name}:`,
      `    description: ${JSON.stringify(`${input.what}${more[input.takes]}`)}`,
      ...(input.default === '' ? [] : [`    default: ${JSON.stringify(input.default)}`]),
    ]),
    'outputs:',
    ...outputs.flatMap(({ name, description }) => [`  ${name}:`, `    description: ${JSON.stringify(description)}`]),
    'runs:',
    '  using: node24',
    '  main: dist/action.js',
    '',
  ].join('\n');
}

/** The pages of the documentation, as paths from the repository's root, which the program runs in. */
export async function pages(): Promise<string[]> {
  const names = await readdir('docs');
  return [
    'README.md',
    ...names
      .filter((name) => name.endsWith('.md'))
      .sort()
      .map((name) => `docs/${name}`),
  ];
}

/** The text with the tables and examples between `<!-- generated: NAME -->` and `<!-- end -->` made anew. */
export function fillTables(text: string): string {
  return text.replace(
    /(<!-- generated: (\S+) -->\n)[\s\S]*?(<!-- end -->)/gu,
    (_, start: string, name: string, end: string) => {
      return `${start}\n${generated(name)}\n\n${end}`;
    },
  );
}

/** The workflows of the documentation: files that tests play, copied into the pages. */
export const examples: readonly string[] = readdirSync('examples').map((name) => `examples/${name}`);

function generated(name: string): string {
  if (examples.includes(name)) return `\`\`\`yaml\n${readFileSync(name, 'utf8')}\`\`\``;
  if (!Object.hasOwn(tables, name)) throw new Error(`there is no table ${name}`);
  return tables[name as keyof typeof tables]();
}

const exits = {
  0: 'what was asked is done; a release that waits counts as done',
  1: 'the release failed, is stuck or went out ungated, or time ran out (`TIMEOUT`)',
  2: 'input error: a file or an argument has to be edited',
  3: 'environment error: access, network, another program',
  4: 'refused: a guard, a finding, a hold or a freeze says no, and nothing was written',
  10: 'with `--detailed-exit-code`: waiting',
  11: 'with `--detailed-exit-code`: rolled back or held',
  70: 'a defect of stepgate',
  130: 'cancelled; the rollout stays as it is',
} satisfies Record<ExitCode, string>;

/** The paths inside a part of the list. A part with a name of its own is named. */
function insideOf(part: Listed): string {
  switch (part.is) {
    case 'fields':
      return Object.entries(part.of)
        .map(([key, inner]) => `\`${key}\`${belowKey(inner)}`)
        .join(', ');
    case 'list':
    case 'map':
      return insideOf(part.of);
    case 'text':
    case 'amount':
      return '';
  }
}

function belowKey(part: Listed): string {
  const named = Object.entries(listedParts).find(([, one]) => one === part);
  if (named !== undefined) return ` (*${named[0]}*)`;
  switch (part.is) {
    case 'fields':
      return ` (${insideOf(part)})`;
    case 'list':
      return belowKey(part.of);
    case 'map':
      return ' (any key)';
    case 'text':
    case 'amount':
      return '';
  }
}

const tables = {
  commands: () =>
    table(
      ['command', 'what it does', 'writes'],
      [...listed].map(([name, { what, writes, entries }]) => [
        `\`${name}\``,
        entries === 'both' ? what : `${what} *(command line only)*`,
        writes ? 'yes' : 'no',
      ]),
    ),
  options: () =>
    table(
      ['option and input', 'default', 'meaning', 'commands'],
      optionNames.map((name) => [
        `\`${name}\``,
        defaultOf(name) === '' ? '' : `\`${defaultOf(name)}\``,
        isArgument(name) ? options[name].what : `${options[name].what} *(input only)*`,
        takenBy(name),
      ]),
    ),
  outputs: () =>
    table(
      ['output', 'meaning'],
      outputs.map(({ name, description }) => [`\`${name}\``, description]),
    ),
  exits: () =>
    table(
      ['exit code', 'meaning'],
      Object.entries(exits).map(([code, what]) => [code, what]),
    ),
  codes: () =>
    table(
      ['code', 'meaning'],
      Object.entries(codes).map(([code, { what }]) => [`\`${code}\``, what]),
    ),
  permissions: () =>
    table(
      ['to', 'the token needs'],
      Object.values(operations).map(({ what, needs }) => [
        what,
        needs.length === 0 ? 'nothing' : needs.map((one) => `\`${one}\``).join(', '),
      ]),
    ),
  listed: () =>
    table(
      ['part', 'listed in it'],
      Object.entries(listedParts).map(([name, part]) => [name, insideOf(part)]),
    ),
  duties: () =>
    table(
      ['duty', 'commands', 'to', 'has the rights of'],
      dutyNames.map((name) => [
        `\`${name}\``,
        duties[name].commands.map((command) => `\`${command}\``).join(', '),
        duties[name].what,
        duties[name].includes.map((one) => `\`${one}\``).join(', '),
      ]),
    ),
  rights: () => rightsTable(''),
  'rights-vela-application': () => rightsTable('target: vela-application, '),
  'rights-vela-approllout': () => rightsTable('target: vela-approllout, ', 'CloneSet'),
  guard: () => `\`\`\`yaml\n${printedFor([{ duties: ['promote'], subject: { is: 'group', name: 'sre' } }])}\`\`\``,
  config: () => keyTable(rootShape),
  included: () => keyTable(includedShape),
  freeze: () => keyTable(freezeShape),
  kinds: () =>
    table(
      ['`workload.kind`', 'manifest', 'styles'],
      workloadKindRows.map((row) => [
        `\`${row.name}\``,
        `\`${row.kind.kind}\` of \`${row.kind.apiVersion}\``,
        stylesOf(row).join(', '),
      ]),
    ),
  rules: () =>
    table(
      ['rule', 'the engine says', 'stepgate says, before anything is written'],
      rules.map(({ rule, engine, stepgate }) => [rule, engineCell(engine), oursCell(stepgate)]),
    ),
  'engine-features': () => table(['the engine', 'config or command', 'recordings', 'tested by'], featureCells()),
  recordings: () => table(['recordings', 'come to'], countCells()),
  'recordings-apart': () => table(['recording', 'code', 'why'], apartCells()),
  'recordings-differ': () => table(['recording', 'on the way'], differCells()),
};

/** A delivery `shop` of the target. */
function shopOf(target: string, kind = 'Deployment'): readonly Delivery[] {
  const source =
    'source: { files: [deploy/*.yaml] }, strategy: partition, steps: [{ replicas: 1 }, { replicas: 100% }]';
  const text = `version: 1\ndeliveries: [{ delivery: shop, namespace: shop, ${target}workload: { kind: ${kind}, name: shop }, ${source} }]`;
  return parseConfig({ file: 'stepgate.yaml', text, readInclude: () => [] }).deliveries;
}

const rightsFor = (deliveries: readonly Delivery[]) =>
  deliveries.flatMap((delivery) => rightsOf(delivery, { targets, deliveries, beside: [] }));

function rightsTable(target: string, kind?: string): string {
  const rows = rightsFor(shopOf(target, kind)).map(({ right }) => [
    `${right.verbs.map((verb) => `\`${verb}\``).join(', ')} on ${resourceWords(right)}`,
    dutyNames.filter((duty) => has(duty, right)).join(', '),
    right.why,
    right.without ?? '',
  ]);
  // Two objects of one kind, or one kind of two versions, make the same row.
  const unlike = [...new Map(rows.map((row) => [row.join('|'), row])).values()];
  return table(['right', 'duties', 'what for', 'without it'], unlike);
}

function resourceWords({ kind, part, names = [], namespace }: Right): string {
  const group = groupOf(kind);
  const resource = `\`${kind.plural}${part === undefined ? '' : `/${part}`}\`${group === '' ? '' : ` of \`${group}\``}`;
  const place = namespace === null ? ', in all namespaces' : namespace === 'shop' ? '' : `, in \`${namespace}\``;
  return `${resource}${names.length === 0 ? '' : ', by name'}${place}`;
}

function printedFor(bound: readonly Bound[]): string {
  const deliveries = shopOf('');
  const rights = rightsFor(deliveries);
  const named = bound.flatMap((one) => one.duties ?? []);
  return printPermissions(targets, { deliveries, rights, bound, duties: named, chosen: false, controllers: [] });
}

/** The default of an option, and of the input of that name. */
function defaultOf(name: OptionName): string {
  const option: { readonly default: string; readonly inputDefault?: string } = options[name];
  return option.inputDefault ?? option.default;
}

function engineCell(answer: Answer): string {
  return `${answer.code} ${code(readable(answer))}`;
}

function oursCell(ours: Ours): string {
  switch (ours.by) {
    case 'config':
      return ours.says.map(code).join('<br>');
    case 'plan':
      return `\`plan\`: ${code(ours.says)}`;
    case 'nothing':
      return `can't be written: ${ours.why}`;
  }
}

/** A code span; a text with a backtick in it needs two around it. */
function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function takenBy(option: OptionName): string {
  const all = Object.entries<Command>(commands);
  const takes = ([, command]: (typeof all)[number]) => command.options.includes(option);
  const names = (entries: typeof all) => entries.map(([name]) => name).join(', ');
  const others = all.filter((one) => !takes(one));
  if (others.some(([, { entries }]) => entries === 'both')) return names(all.filter(takes));
  return others.length === 0 ? 'all' : `all but ${names(others)}`;
}

function keyTable(shape: Shape): string {
  return table(['key', 'value', 'meaning'], keyRows(shape, '', new Map()));
}

/** Every key below a shape. What was told before is referred to. */
function keyRows(shape: Shape, path: string, told: Map<Shape, string>): string[][] {
  if (shape.is === 'list') return keyRows(shape.of, `${path}[]`, told);
  if (shape.is === 'names') return keyRows(shape.of, `${path}.NAME`, told);
  if (shape.is === 'either') return keyRows(shape.other, path, told);
  if (shape.is !== 'keys') return [];
  return Object.entries(shape.keys).flatMap(([name, key]) => {
    const here = path === '' ? name : `${path}.${name}`;
    const before = told.get(key.shape);
    if (before !== undefined) return [[`\`${here}\``, `as \`${before}\``, meaning(key)]];
    const nested = ['keys', 'list', 'names', 'either'].includes(key.shape.is);
    if (nested) told.set(key.shape, here);
    return [[`\`${here}\``, kindOfValue(key.shape), meaning(key)], ...keyRows(key.shape, here, told)];
  });
}

function meaning({ about: what, required }: Key): string {
  return `${what}${required ? ' **(required)**' : ''}`;
}

function kindOfValue(shape: Shape): string {
  switch (shape.is) {
    case 'text':
      return shape.format;
    case 'integer':
      return shape.max === 2 ** 31 - 1 ? 'number' : `number, ${shape.min} to ${shape.max}`;
    case 'boolean':
      return 'true or false';
    case 'number':
      return 'number';
    case 'scalar':
      return 'text, number, true or false';
    case 'one':
      return String(shape.value);
    case 'word':
      return shape.words.map((word) => `\`${word}\``).join(', ');
    case 'list':
      return `list${kindOfValue(shape.of) === '' ? '' : ` of ${kindOfValue(shape.of)}`}`;
    case 'names':
      return 'map by name';
    case 'either':
      return [kindOfValue(shape.text), kindOfValue(shape.other)].filter((one) => one !== '').join(' or ');
    case 'keys':
      return '';
  }
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

if (import.meta.main) {
  await writeFile('action.yml', actionYml());
  for (const page of await pages()) await writeFile(page, fillTables(await readFile(page, 'utf8')));
}
