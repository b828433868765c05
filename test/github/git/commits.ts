import type { ObjectStore } from './objects.ts';

export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly at: Date;
}

export interface Commit {
  readonly id: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
  /** Whether it has a signature, valid or not. */
  readonly signed: boolean;
}

/** The signature header of GitHub's own commits. It is a placeholder: `git verify-commit` fails. */
const SIGNATURE = [
  'gpgsig -----BEGIN PGP SIGNATURE-----',
  ' ',
  ' c2lnbmVkIGJ5IHRoZSBHaXRIdWIgb2YgdGhlIHRlc3Rz',
  ' -----END PGP SIGNATURE-----',
];

export function readCommit(store: ObjectStore, id: string): Commit | null {
  const found = store.find(id);
  if (found?.type === 'tag')
    return readCommit(store, /^object ([0-9a-f]{40})/.exec(found.content.toString())?.[1] ?? '');
  if (found?.type !== 'commit') return null;
  const text = found.content.toString('utf8');
  const end = text.indexOf('\n\n');
  const lines = text.slice(0, end).split('\n');
  const values = (name: string) =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  return {
    id,
    tree: values('tree')[0] ?? '',
    parents: values('parent'),
    author: parseSignature(values('author')[0] ?? ''),
    committer: parseSignature(values('committer')[0] ?? ''),
    message: text.slice(end + 2).replace(/\n$/, ''),
    signed: values('gpgsig').length > 0,
  };
}

export function writeCommit(store: ObjectStore, commit: Omit<Commit, 'id'>): string {
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${printSignature(commit.author)}`,
    `committer ${printSignature(commit.committer)}`,
    ...(commit.signed ? SIGNATURE : []),
    '',
    commit.message,
  ];
  return store.put('commit', `${lines.join('\n')}\n`);
}

function parseSignature(text: string): Signature {
  const [, name = '', email = '', seconds = '0'] = /^(.*?) ?<(.*)> (\d+) [+-]\d{4}$/.exec(text) ?? [];
  return { name, email, at: new Date(Number(seconds) * 1000) };
}

function printSignature({ name, email, at }: Signature): string {
  return `${name} <${email}> ${Math.floor(at.getTime() / 1000)} +0000`;
}
