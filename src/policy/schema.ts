import { check, complain, complainUnknown, type Reader } from '../config/check.ts';
import { readCommits } from '../config/commits.ts';
import { parsePath, readFormat } from '../config/formats.ts';
import { readPeople } from '../config/people.ts';
import { parseOneYaml, reread, type TextFile, type YamlDocument } from '../config/yaml.ts';
import { readCatalog } from '../gates/index.ts';
import { isBeside, type Resolved } from '../release/delivery.ts';
import { asError, type InputProblem, isInputError, throwProblems } from '../release/error.ts';
import { at, isObject, listAt, objectAt } from '../release/json.ts';
import { includedShape, rootShape } from './keys.ts';
import { withSamePlaces } from './places.ts';
import { readPlan } from './plan.ts';
import { type Named, readBlock, readService } from './service.ts';
import { titleOf } from './ungated.ts';

/** The root file, parsed but not resolved. `include`: the patterns of the files that resolveConfig needs. */
export interface Root {
  readonly file: string;
  readonly include: readonly string[];
  readonly document: YamlDocument;
  readonly problems: readonly InputProblem[];
}

/**
 * First phase: parses the root stepgate.yaml. Throws only when it is not a YAML document (YAML_INVALID). resolveConfig
 * reports all other problems together.
 */
export function parseRoot(input: TextFile): Root {
  const document = parseOneYaml({ file: input.file, text: input.text, keys: 'text' });
  const reader: Reader = { document, problems: [] };
  check(reader, rootShape, document.value, []);
  const include = listAt(document.value, 'include').flatMap((pattern) => {
    if (typeof pattern !== 'string' || 'wrong' in readFormat('include', pattern)) return [];
    const path = parsePath(pattern);
    return 'value' in path ? [path.value] : [];
  });
  return { file: input.file, include, document, problems: reader.problems };
}

/**
 * Second phase: resolves the root and the included files to deliveries, in the order written (the environments of a service
 * in the order of `environments`). Throws one input error with every problem in all files.
 */
export function resolveConfig(root: Root, included: readonly TextFile[]): Resolved {
  const reader: Reader = { document: root.document, problems: [...root.problems] };
  const { value } = root.document;
  const people = readPeople(value);
  const catalog = readCatalog(reader, people);
  // Thousands of deliveries share a few plans, so each plan is read once.
  const plans = new Map(
    Object.keys(objectAt(value, 'plans')).map((name) => [name, readPlan(reader, [['plans', name]], catalog)] as const),
  );
  checkRoot(reader, { files: included.length });

  const named: Named[] = listAt(value, 'deliveries').flatMap((_, index) =>
    readBlock(reader, ['deliveries', index], catalog),
  );
  const problems = [...reader.problems];
  for (const { file, text } of [...included].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))) {
    const service = readIncluded({ file, text }, problems);
    if (service === null) continue;
    const found = readService({
      root: { ...reader, problems },
      service,
      plans,
      later: reread({ file, text, keys: 'text' }),
    });
    named.push(...found);
  }
  checkTogether(named, problems);
  throwProblems(inOrder(problems, root.file));
  const hosts = listAt(value, 'fetch').filter((host) => typeof host === 'string');
  const fetch = hosts.length === 0 ? {} : { fetch: hosts };
  const deliveries = named.map(({ delivery }) => withSamePlaces({ ...delivery, ...fetch }, delivery));
  const freezesByIssue = at(value, 'freezes') !== undefined;
  const diff = at(value, 'diff') === 'full' ? 'full' : 'listed';
  return { deliveries, commits: readCommits(value), people, diff, freezesByIssue, ...fetch, ...catalog };
}

/** Both phases in one call, for callers that have all files. */
export function parseConfig(
  input: TextFile & { readonly readInclude: (patterns: readonly string[]) => readonly TextFile[] },
): Resolved {
  const root = parseRoot(input);
  return resolveConfig(root, root.include.length === 0 ? [] : input.readInclude(root.include));
}

function readIncluded({ file, text }: TextFile, problems: InputProblem[]): Reader | null {
  try {
    const reader: Reader = { document: parseOneYaml({ file, text, keys: 'text' }), problems };
    check(reader, includedShape, reader.document.value, []);
    return reader;
  } catch (thrown) {
    const error = asError(thrown);
    if (!isInputError(error)) throw thrown;
    problems.push(...error.problems);
    return null;
  }
}

function checkRoot(reader: Reader, { files }: { files: number }): void {
  const { value } = reader.document;
  const has = (key: string) => Object.hasOwn(objectAt(value), key);
  const environments = objectAt(value, 'environments');
  const known = new Map(Object.entries(environments));
  const plans = new Map(Object.entries(objectAt(value, 'plans')));
  if (isObject(value) && !has('deliveries') && !has('include')) {
    const hint = 'add deliveries: with a block for each delivery, or include: with a file for each service';
    complain(reader, { path: [], says: 'the file has no delivery', hint });
  }
  if (has('include') && known.size === 0) {
    const hint = 'add environments: with a name and a plan for each environment';
    complain(reader, { path: ['include'], of: 'key', says: 'needs environments, and there are none', hint });
  }
  if (has('include') && files === 0) {
    complain(reader, { path: ['include'], says: 'matches no file', hint: 'correct the patterns, or add the files' });
  }
  for (const [name, entry] of Object.entries(environments)) {
    const { plan, after } = objectAt({ entry }, 'entry');
    if (typeof plan === 'string' && !plans.has(plan)) {
      complainUnknown(reader, { path: ['environments', name, 'plan'], name: plan, known: plans, of: 'plans' });
    }
    if (typeof after !== 'string') continue;
    const path = ['environments', name, 'after'];
    if (!known.has(after)) complainUnknown(reader, { path, name: after, known, of: 'environments' });
    else if (comesAfterItself(environments, name)) {
      complain(reader, {
        path,
        says: `leads from ${name} back to ${name}`,
        hint: 'remove after from one environment of the cycle',
      });
    }
  }
}

function comesAfterItself(environments: { readonly [name: string]: unknown }, name: string): boolean {
  const seen = new Set<string>();
  let here: unknown = objectAt(environments, name).after;
  while (typeof here === 'string' && !seen.has(here)) {
    if (here === name) return true;
    seen.add(here);
    here = objectAt(environments, here).after;
  }
  return false;
}

/** Complains when two deliveries have the same name or the same workload. */
function checkTogether(named: readonly Named[], problems: InputProblem[]): void {
  const names = new Map<string, Named>();
  const workloads = new Map<string, Named>();
  for (const one of named) {
    const { name, cluster, namespace, workload } = one.delivery;
    const first = names.get(name);
    const reader: Reader = { document: one.document, problems };
    if (first !== undefined) {
      const says = `is ${name}, as in ${placeText(first)}`;
      complain(reader, { path: [...one.path, 'delivery'], says, hint: 'give every delivery a name of its own' });
      continue;
    }
    names.set(name, one);
    if (namespace === '' || workload.name === '') continue;
    const target = JSON.stringify([cluster.context, namespace, workload.name]);
    const other = workloads.get(target);
    if (other !== undefined) {
      const says = `is the ${workload.kind} ${workload.name} in ${namespace}, as that of ${other.delivery.name} (${placeText(other)})`;
      const hint = 'remove one of the two, or name another workload: a workload belongs to one delivery';
      complain(reader, { path: [...one.path, 'workload'], says, hint });
    }
    workloads.set(target, one);
  }
  for (const one of named) refuseOwnedBeside(one, named, problems);
}

/** Complains when `ungated` names the workload of another delivery in the same place. */
function refuseOwnedBeside({ delivery, ungated }: Named, named: readonly Named[], problems: InputProblem[]): void {
  for (const [index, title] of (delivery.ungated ?? []).entries()) {
    const owner = named.find(
      (other) => isBeside(delivery, other.delivery) && titleOf(other.delivery.workload) === title,
    );
    if (owner === undefined) continue;
    complain(
      { document: ungated.document, problems },
      {
        path: [...ungated.path, index],
        says: `is ${title}, which is the workload of ${owner.delivery.name} (${placeText(owner)})`,
        hint: 'remove it here and from this source, or remove that delivery: a workload belongs to one delivery',
      },
    );
  }
}

function placeText({ document, path }: Named): string {
  const { file, line } = document.place([...path, 'delivery']);
  return `${file}:${line}`;
}

/** Sorts the problems: those of the root first, each file from top to bottom, each problem once. */
function inOrder(problems: readonly InputProblem[], rootFile: string): readonly InputProblem[] {
  const once = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  const rank = ({ at }: InputProblem) => (at === null || at.file === rootFile ? '' : at.file);
  return [...once.values()].sort((a, b) => {
    if (rank(a) !== rank(b)) return rank(a) < rank(b) ? -1 : 1;
    return (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0);
  });
}
