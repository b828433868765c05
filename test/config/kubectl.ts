import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Json } from '../../src/release/json.ts';

const run = promisify(execFile);

/** A text that kubectl was asked about, and the objects that it read; null where it refused the text. */
export interface Row {
  readonly about: string;
  readonly text: string;
  /** In which the file was written; UTF-8 where it is left out. A byte order mark is part of the text. */
  readonly encoding?: 'utf16le' | 'utf16be';
  readonly reads: readonly Json[] | null;
}

/** The bytes of a row's file. */
export function bytesOf({ text, encoding }: Pick<Row, 'text' | 'encoding'>): Buffer {
  if (encoding === undefined) return Buffer.from(text);
  const little = Buffer.from(text, 'utf16le');
  return encoding === 'utf16le' ? little : little.swap16();
}

/** What a kubectl reads from a file. `label --local` sends nothing to a server, and a label that is not there changes nothing. */
export async function kubectlReads(kubectl: string, row: Pick<Row, 'text' | 'encoding'>): Promise<Row['reads']> {
  const folder = await mkdtemp(join(tmpdir(), 'stepgate-kubectl-'));
  try {
    const file = join(folder, 'file.yaml');
    await writeFile(file, bytesOf(row));
    const args = ['label', '--local', '--output=json', `--filename=${file}`, 'none-'];
    const answer = await run(kubectl, args, { env: { HOME: folder, KUBERC: 'off' } }).catch(() => null);
    return answer === null ? null : objectsIn(answer.stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The objects of kubectl's answer: one after the other, each ends with a line of one brace. */
function objectsIn(answer: string): readonly Json[] {
  const text = answer.replaceAll(/^label "none" not found\.\n/gm, '');
  const objects = text.split(/(?<=^\}\n)/m).filter((part) => part.trim() !== '');
  return objects.map((part) => withoutLabels(JSON.parse(part)));
}

/** kubectl adds an empty map of labels where there is none. */
function withoutLabels(object: Record<string, Json>): Json {
  const { labels, ...metadata } = (object['metadata'] ?? {}) as Record<string, Json>;
  const isEmpty = labels !== undefined && Object.keys(labels ?? {}).length === 0;
  return isEmpty ? { ...object, metadata } : object;
}
