import { parsePath, parsePathPattern } from '../../config/formats.ts';
import { folderOf } from '../../config/repository-path.ts';
import { slashTitleOf } from '../../release/change.ts';
import type { Delivery, Source } from '../../release/delivery.ts';
import { stringAt } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import type { Proposal, Proposer } from '../../release/proposal.ts';
import { matching } from '../matching.ts';
import { sourceWords, together, twice, ungatedWords } from './draft-words.ts';
import type { Attached, Candidate, Found, LeftOut, ManifestFile, Unit } from './found.ts';
import { labelFrom, withNames } from './names.ts';

/** A delivery to be written, and why it is as it is. Foreign text is in the words. */
export interface Drafted {
  readonly delivery: Delivery;
  readonly plan: string;
  readonly why: Proposal['why'];
  /** Where its workload lies. */
  readonly path: string;
}

export interface Drafts {
  readonly drafts: readonly Drafted[];
  readonly leftOut: readonly LeftOut[];
  /** Workloads without a namespace, where none was given. */
  readonly homeless: readonly { readonly title: string; readonly path: string }[];
}

/**
 * Groups what was found into deliveries: one for each file or kustomization with workloads, with the files that belong to it. `namespace`
 * is that of manifests that name none.
 */
export function draftDeliveries(found: Found, proposer: Proposer, namespace: string | null): Drafts {
  const leftOut: LeftOut[] = [...found.leftOut];
  const homeless: { title: string; path: string }[] = [];
  const drafts: Drafted[] = [];
  const taken = new Map<string, Candidate>();
  const used = new Set<KubeObject>();
  for (const unit of unitsOf(found, proposer)) {
    const all = candidatesIn(unit, proposer);
    for (const object of unit.objects) {
      const role = proposer.roleOf(object);
      if (role.is === 'runs pods' || role.is === 'plan') {
        leftOut.push({ what: slashTitleOf(object), path: unit.path, why: role.why });
        used.add(object);
      }
    }
    const [main, ...others] = all.toSorted((left, right) => rank(right) - rank(left));
    if (main === undefined) continue;
    const wrong = wrongPath(unit.source);
    if (wrong !== null) {
      leftOut.push(...all.map(({ title }) => ({ what: title, path: unit.path, why: wrong })));
      continue;
    }
    const its = namespaceOf(main.object) ?? namespace;
    if (its === null) {
      homeless.push({ title: main.title, path: unit.path });
      continue;
    }
    const key = `${its}/${main.workload.name}`;
    const first = taken.get(key);
    if (first !== undefined) {
      leftOut.push(...all.map(({ title }) => ({ what: title, path: unit.path, why: twice(main, first, its) })));
      continue;
    }
    taken.set(key, main);
    leftOut.push(...others.map(({ title }) => ({ what: title, path: unit.path, why: together(main) })));
    const attached = attachedTo(main, found, proposer, namespace);
    for (const object of [...unit.objects, ...attached.objects]) used.add(object);
    drafts.push(draftOf({ main, others, attached, namespace: its, found, proposer }));
  }
  leftOut.push(...restOf(found, used, proposer));
  return { drafts: withNames(drafts), leftOut, homeless };

  /** What people use is released in steps: a workload that requests reach, before one that has a Service. */
  function rank({ object, unit }: Candidate): number {
    const proposal = proposer.propose(object, proposer.belonging(object, around(unit, found, object)));
    const beside = proposer.belonging(object, unit.objects).length;
    return (proposal.traffic === null ? 0 : 1000) + Math.min(beside, 999);
  }
}

/** The files with workloads, and what kustomizations render. */
function unitsOf({ files, rendered }: Found, proposer: Proposer): readonly Unit[] {
  const holding = files.filter(({ objects }) => objects.some((one) => proposer.roleOf(one).is !== 'other'));
  return [
    ...rendered,
    ...holding.map(({ path, objects }): Unit => ({ source: { kind: 'files', patterns: [path] }, path, objects })),
  ];
}

function candidatesIn(unit: Unit, proposer: Proposer): readonly Candidate[] {
  return unit.objects.flatMap((object) => {
    const role = proposer.roleOf(object);
    if (role.is !== 'workload') return [];
    const { workload } = role;
    return [{ object, workload, unit, title: `${workload.kind}/${workload.name}` }];
  });
}

/** The objects among which those of a workload are looked for: what is rendered with it, or else every plain file. */
function around(unit: Unit, { files }: Found, workload: KubeObject): readonly KubeObject[] {
  if (unit.source.kind !== 'files') return unit.objects;
  const own = namespaceOf(workload);
  return files.flatMap(({ objects }) => objects).filter((one) => (namespaceOf(one) ?? own) === own);
}

/** The files with what belongs to a workload. Of two objects with one name the nearer one counts. */
function attachedTo(main: Candidate, found: Found, proposer: Proposer, namespace: string | null): Attached {
  const { unit, object: workload } = main;
  if (unit.source.kind !== 'files') return { paths: [], objects: [] };
  const own = namespaceOf(workload) ?? namespace;
  const fileOf = new Map(found.files.flatMap((file) => file.objects.map((object) => [object, file] as const)));
  const objects = [...fileOf.keys()].filter((one) => (namespaceOf(one) ?? namespace) === own);
  const nearest = new Map<
    string,
    { readonly object: KubeObject; readonly file: ManifestFile; readonly near: number }
  >();
  for (const object of proposer.belonging(workload, objects)) {
    const file = fileOf.get(object);
    if (file === undefined) continue;
    const near = inCommon(file.path, unit.path);
    const known = nearest.get(slashTitleOf(object));
    if (known === undefined || near > known.near) nearest.set(slashTitleOf(object), { object, file, near });
  }
  // The file of another workload is the source of another delivery, or of what is not released.
  const free = [...nearest.values()].filter(
    ({ file }) => file.path !== unit.path && file.objects.every((one) => proposer.roleOf(one).is === 'other'),
  );
  return {
    paths: [...new Set(free.map(({ file }) => file.path))].sort(),
    objects: [...new Set(free.map(({ file }) => file))].flatMap((file) => file.objects),
  };
}

function draftOf({
  main,
  others,
  attached,
  namespace,
  found,
  proposer,
}: {
  readonly main: Candidate;
  readonly others: readonly Candidate[];
  readonly attached: Attached;
  readonly namespace: string;
  readonly found: Found;
  readonly proposer: Proposer;
}): Drafted {
  const { unit, object } = main;
  const beside = proposer.belonging(object, [...unit.objects, ...attached.objects]);
  const proposal = proposer.propose(object, beside);
  const native = unit.objects.filter((one) => proposer.roleOf(one).is === 'runs pods' && isLasting(one));
  const ungated = [...others.map(({ title }) => title), ...native.map(slashTitleOf)];
  const patterns = patternsFor([unit.path, ...attached.paths], found.paths);
  const source: Source = unit.source.kind === 'files' ? { kind: 'files', patterns } : unit.source;
  return {
    path: unit.path,
    plan: proposal.plan,
    delivery: {
      name: labelFrom(main.workload.name),
      environment: null,
      namespace,
      cluster: { context: null, exec: [] },
      workload: main.workload,
      source,
      ...(ungated.length === 0 ? {} : { ungated }),
      style: proposal.style,
      steps: proposal.steps,
      traffic: proposal.traffic,
      settings: {},
      startWhen: proposal.startWhen,
      doneWhen: [],
      rollback: { on: [], stuckAfterSeconds: 15 * 60, git: 'auto' },
    },
    why: [
      { key: ['source'], text: sourceWords(unit, attached, beside) },
      ...(ungated.length === 0 ? [] : [{ key: ['ungated'], text: ungatedWords(ungated, unit) }]),
      ...proposal.why,
    ],
  };
}

/** Whether its pods do not end by themselves. */
function isLasting(object: KubeObject): boolean {
  return !/(Job|Task|Workflow)$/.test(stringAt(object, 'kind') ?? '');
}

/** `folder/*.yaml` where that is exactly these files, else their paths. */
function patternsFor(paths: readonly string[], all: readonly string[]): readonly string[] {
  const sorted = [...paths].sort();
  const [first = ''] = sorted;
  const folder = folderOf(first);
  const ending = /\.[^./]+$/.exec(first)?.[0] ?? '';
  const pattern = `${folder === '' ? '' : `${folder}/`}*${ending}`;
  const same = matching(all, [pattern]);
  const fits = sorted.length > 1 && same.length === sorted.length && same.every((path) => sorted.includes(path));
  return fits && folder !== '' ? [pattern] : sorted;
}

function wrongPath(source: Source): string | null {
  const read = source.kind === 'files' ? parsePathPattern(source.patterns[0] ?? '') : parsePath(folderIn(source));
  return 'wrong' in read ? `its path ${read.wrong}: ${read.hint}` : null;
}

function folderIn(source: Exclude<Source, { kind: 'files' }>): string {
  return source.kind === 'helm' ? source.chart : source.folder;
}

/** Objects of plain files that are in no delivery. */
function restOf({ files }: Found, used: ReadonlySet<KubeObject>, proposer: Proposer): readonly LeftOut[] {
  return files.flatMap(({ path, objects }) =>
    objects
      .filter((object) => !used.has(object) && proposer.roleOf(object).is === 'other')
      .map((object) => ({ what: slashTitleOf(object), path, why: 'no workload here uses it: apply it as before' })),
  );
}

/** How many folders two paths share. */
function inCommon(left: string, right: string): number {
  const [one, other] = [left.split('/'), right.split('/')];
  const differs = one.findIndex((part, index) => part !== other[index]);
  return differs < 0 ? one.length : differs;
}

function namespaceOf(object: KubeObject): string | null {
  return stringAt(object, 'metadata', 'namespace');
}
