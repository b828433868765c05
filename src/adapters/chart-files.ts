import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { ChartFile } from '../config/chart.ts';
import { inputError } from '../release/error.ts';

const unzip = promisify(gunzip);

/** helm's own limits are of this order. */
const MOST_FILES = 5_000;
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * Every file of a chart that helm reads, with what lies in the archives of charts/. Symbolic links are followed, as helm does. No
 * link leads out of the tree: writing the tree replaces each one that would. Throws SOURCE_INVALID for a folder that is no chart, and for one that is too large.
 */
export async function chartFiles(folder: string, shown: string): Promise<readonly ChartFile[]> {
  if (!(await isFile(path.join(folder, 'Chart.yaml')))) {
    throw inputError('SOURCE_INVALID', `there is no chart in ${shown}: it has no Chart.yaml`, {
      hint: 'write the folder of the chart into source.helm.chart',
    });
  }
  const found: ChartFile[] = [];
  let size = 0;
  const add = (file: ChartFile) => {
    size += file.text.length;
    found.push(file);
    if (found.length > MOST_FILES || size > MOST_BYTES) throw tooLarge(shown);
  };
  const seen = new Set<string>();
  const open = [''];
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    const real = await realpath(path.join(folder, here));
    // A link to a folder above would be walked for ever.
    if (seen.has(real)) continue;
    seen.add(real);
    if (seen.size > MOST_FILES) throw tooLarge(shown);
    for (const name of (await readdir(real)).sort()) {
      const inside = here === '' ? name : `${here}/${name}`;
      const file = path.join(folder, inside);
      const is = await stat(file).catch(() => null);
      if (is?.isDirectory() === true) open.push(inside);
      else if (is?.isFile() === true && is.size <= MOST_BYTES) {
        const bytes = await readFile(file);
        if (!/(^|\/)charts\/[^/]+\.(tgz|tar\.gz)$/.test(inside)) add({ path: inside, text: bytes.toString('utf8') });
        else for (const packed of await unpacked(bytes, inside)) add({ ...packed, path: `${here}/${packed.path}` });
      }
    }
  }
  return found;
}

/** The files in an archive of a chart. Throws SOURCE_INVALID when it is none. */
async function unpacked(bytes: Buffer, shown: string): Promise<readonly ChartFile[]> {
  const tar = await unzip(bytes, { maxOutputLength: MOST_BYTES }).catch((cause: unknown) => {
    throw inputError('SOURCE_INVALID', `${shown} is no archive of a chart that can be read`, {
      hint: 'make it again with helm dependency build, or put the chart there unpacked',
      cause,
    });
  });
  const found: ChartFile[] = [];
  // Blocks of 512 bytes: a header, then the content.
  for (let at = 0; at + 512 <= tar.length; ) {
    const text = (from: number, length: number) => {
      const field = tar.toString('utf8', at + from, at + from + length);
      const end = field.indexOf('\0');
      return end < 0 ? field : field.slice(0, end);
    };
    const size = Number.parseInt(text(124, 12).trim(), 8) || 0;
    const [name, prefix, type] = [text(0, 100), text(345, 155), text(156, 1)];
    if (name !== '' && (type === '0' || type === '')) {
      const content = tar.toString('utf8', at + 512, at + 512 + size);
      found.push({ path: prefix === '' ? name : `${prefix}/${name}`, text: content });
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return found;
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (is) => is.isFile(),
    () => false,
  );
}

function tooLarge(shown: string) {
  return inputError(
    'SOURCE_INVALID',
    `the chart in ${shown} has more than ${MOST_FILES} files or ${MOST_BYTES} bytes`,
    {
      hint: 'name the folder of the chart, not one above it',
    },
  );
}
