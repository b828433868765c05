import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Metafile } from 'esbuild';

/** The licences, by their SPDX ids, under which a package may be in the bundle. All of them ask for no more than their text. */
const allowed: readonly string[] = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

/**
 * What is of somebody else and comes without its licence: code inside of a package, and what is cut out of Kubernetes' description of
 * its API. The text is in this repository.
 */
const embedded = [
  { within: /(?:^|\/)node_modules\/undici\/lib\/llhttp\//, name: 'llhttp', licence: 'MIT', text: 'llhttp.txt' },
  {
    within: /^src\/schema\/kubernetes\.json$/,
    name: 'kubernetes',
    licence: 'Apache-2.0',
    text: 'kubernetes.txt',
  },
] as const;

/** A package, or a part of one, with code in the bundle. */
interface Part {
  readonly name: string;
  readonly licence: string;
  readonly text: string;
}

/** The files that have code in a bundle, as paths from the folder that it was built in. */
export function bundledFiles({ outputs }: Pick<Metafile, 'outputs'>): readonly string[] {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  return [...new Set(files)].sort();
}

/**
 * The licences of the packages that these files below `root` are from, as one text; the same files give the same text. Throws
 * with the name of every package that has no text of a licence, or another licence than the allowed ones.
 */
export async function licenceText(root: string, files: readonly string[]): Promise<string> {
  const folders = new Set(files.flatMap((file) => folderOf.exec(file)?.[0] ?? []));
  const inside = embedded.filter(({ within }) => files.some((file) => within.test(file)));
  const read = await Promise.allSettled([
    ...[...folders].map((folder) => readPackage(root, folder)),
    ...inside.map(readEmbedded),
  ]);
  const troubles = read.flatMap((one) => (one.status === 'rejected' ? [messageOf(one.reason)] : []));
  if (troubles.length > 0) throw new Error(troubles.toSorted().join('\n'));
  const sections = read
    .flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    .map(({ name, licence, text }) => `${line}\n${name}: ${licence}\n${line}\n\n${text}\n`);
  const head = 'The files in this folder contain code of these packages, under these licences.\n';
  return [head, ...new Set(sections.toSorted())].join('\n');
}

const folderOf = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
const line = '-'.repeat(80);

async function readPackage(root: string, folder: string): Promise<Part> {
  const place = path.join(root, folder);
  const made: unknown = JSON.parse(await readFile(path.join(place, 'package.json'), 'utf8'));
  const name = `${textAt(made, 'name')} ${textAt(made, 'version')}`;
  const licence = textAt(made, 'license');
  if (!allowed.includes(licence)) {
    throw new Error(`${name} (${folder}): the licence '${licence}' is none of ${allowed.join(', ')}`);
  }
  const names = (await readdir(place)).filter((file) => /^(?:licen[cs]e|copying|notice)(?:[.-]|$)/i.test(file)).sort();
  if (names.every((file) => /^notice/i.test(file))) {
    throw new Error(`${name} (${folder}): there is no file with the text of its licence`);
  }
  const texts = await Promise.all(names.map(async (file) => tidied(await readFile(path.join(place, file), 'utf8'))));
  if (texts.includes('')) throw new Error(`${name} (${folder}): a file with the text of its licence is empty`);
  return { name, licence, text: texts.join('\n\n') };
}

async function readEmbedded({ name, licence, text }: (typeof embedded)[number]): Promise<Part> {
  return { name, licence, text: tidied(await readFile(path.join(import.meta.dirname, 'licences', text), 'utf8')) };
}

function textAt(value: unknown, key: string): string {
  if (typeof value !== 'object' || value === null) return '';
  const found: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
  return typeof found === 'string' ? found : '';
}

/** The text as Git keeps it, so that a build on Windows gives the same bytes. */
function tidied(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replaceAll(/[^\S\n]+$/gm, '')
    .trim();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
