import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const folder = import.meta.dirname;

/** The path of each linter's program. */
export interface Linters {
  readonly actionlint: string;
  readonly zizmor: string;
}

/**
 * Installs the linters that are missing, in the versions and with the hashes of go.mod, go.sum and requirements.txt. Throws
 * when one cannot be installed, and names every such one.
 */
export async function installLinters(): Promise<Linters> {
  const [actionlint, zizmor] = await Promise.allSettled([installActionlint(), installZizmor()]);
  if (actionlint.status === 'fulfilled' && zizmor.status === 'fulfilled') {
    return { actionlint: actionlint.value, zizmor: zizmor.value };
  }
  const reasons = [actionlint, zizmor].flatMap((one) => (one.status === 'rejected' ? [messageOf(one.reason)] : []));
  throw new Error(reasons.join('\n'));
}

async function installActionlint(): Promise<string> {
  const program = await placeOf('actionlint', ['go.mod', 'go.sum']);
  if (existsSync(program)) return program;
  const fresh = `${program}.${process.pid}`;
  const args = ['build', '-trimpath', '-buildvcs=false', '-o', fresh, 'github.com/rhysd/actionlint/cmd/actionlint'];
  await orSay('actionlint cannot be built; it needs Go 1.25 or newer in PATH', () =>
    run('go', args, { cwd: folder, env: { ...process.env, GOFLAGS: '-mod=readonly', GOWORK: 'off' } }),
  );
  await rename(fresh, program);
  return program;
}

async function installZizmor(): Promise<string> {
  const place = await placeOf('zizmor', ['requirements.txt']);
  const program = join(place, 'bin', 'zizmor');
  if (existsSync(program)) return program;
  const fresh = `${place}.${process.pid}`;
  const wheel = ['--no-deps', '--only-binary=:all:', '--require-hashes', '-r', 'requirements.txt'];
  await orSay('zizmor cannot be installed; it needs python3 with pip in PATH', () =>
    run('python3', ['-m', 'pip', 'install', '--quiet', '--root-user-action=ignore', '--target', fresh, ...wheel], {
      cwd: folder,
    }),
  );
  await rename(fresh, place);
  return program;
}

/** Where a linter is kept. The name changes with the pins, so that another version is installed anew. */
async function placeOf(name: string, pins: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of pins) hash.update(await readFile(join(folder, file)));
  await mkdir(join(folder, '.bin'), { recursive: true });
  return join(folder, '.bin', `${name}-${hash.digest('hex').slice(0, 12)}`);
}

async function orSay(what: string, install: () => Promise<unknown>): Promise<void> {
  try {
    await install();
  } catch (cause) {
    throw new Error(`${what}: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
