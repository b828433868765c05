import { slashTitleOf } from '../../release/change.ts';
import { firstOf } from '../../release/first-of.ts';
import type { KubeObject } from '../../release/ports.ts';
import type { Attached, Candidate, Unit } from './found.ts';

export function sourceWords(unit: Unit, { paths, objects }: Attached, beside: readonly KubeObject[]): string {
  const own = beside.filter((one) => unit.objects.includes(one) || objects.includes(one)).map(slashTitleOf);
  const by = { files: null, kustomize: 'kustomize', helm: 'helm' }[unit.source.kind];
  const where = by === null ? `it is in ${unit.path}` : `${by} renders it in ${unit.path}`;
  if (own.length === 0) return `${where}; nothing else belongs to it`;
  return `${where}; ${firstOf(own, 6)} belong${own.length === 1 ? 's' : ''} to it${paths.length === 0 ? '' : ` (${paths.join(', ')})`}`;
}

export function ungatedWords(ungated: readonly string[], unit: Unit): string {
  const [one, they, goes] = ungated.length === 1 ? ['is', 'it', 'goes'] : ['are', 'them', 'go'];
  return `${ungated.join(', ')} ${one} in ${unit.path} too, and ${goes} out at once, to every pod: for steps, give ${they} a ${{ files: 'file', kustomize: 'kustomization', helm: 'chart' }[unit.source.kind]} and a delivery of ${they === 'it' ? 'its' : 'their'} own`;
}

export function twice(candidate: Candidate, first: Candidate, namespace: string): string {
  const also =
    first.title === candidate.title
      ? `${first.unit.path} has it too`
      : `${first.title} in ${first.unit.path} has the name too`;
  return `${also}, in the namespace ${namespace}, and a workload belongs to one delivery. Where the two are in different clusters, copy the block and give each cluster: { context: NAME }`;
}

export function together({ title, unit }: Candidate): string {
  return `${unit.path} has ${title} too, and one source is one delivery: it goes out at once, to every pod (ungated)`;
}
