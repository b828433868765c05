import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inputError, type StepgateError } from '../../release/error.ts';
import type { Env } from '../programs.ts';

/** The most folders that are searched for a clone, so that a large folder does not keep an error waiting. */
const MOST_FOLDERS = 500;
/** `path` of actions/checkout may have several parts. */
const DEPTH = 2;

/** The error for a folder that is in no clone with a work tree. Its hint names the clone below the folder when there is exactly one. */
export async function noClone(folder: string, words: string, env: Env): Promise<StepgateError> {
  const below = await clonesBelow(folder);
  return inputError('GIT_FAILED', `git could not open the repository at ${folder}: ${words}`, {
    hint: hintFor(below, env),
  });
}

function hintFor(below: readonly string[], env: Env): string {
  const isJob = (env['GITHUB_WORKSPACE'] ?? '') !== '';
  const [only, second] = below;
  if (only !== undefined && second === undefined) {
    return isJob
      ? `${only} is a clone: give the Action 'path: ${only}', the path of actions/checkout, or run stepgate in that folder`
      : `${only} is a clone: run stepgate in that folder`;
  }
  if (only !== undefined) {
    return isJob
      ? `several folders are clones (${below.join(', ')}): give the Action the path of actions/checkout of the one that is meant, or run stepgate in it`
      : `several folders are clones (${below.join(', ')}): run stepgate in the one that is meant`;
  }
  return "run stepgate inside a clone with a work tree; in a workflow, run actions/checkout before it, and give the Action its path as 'path' where it has one";
}

/** The paths, relative to a folder, of the clones below it. At most four are returned, because a message names no more. */
async function clonesBelow(top: string): Promise<readonly string[]> {
  const found: string[] = [];
  let seen = 0;
  let open: readonly string[] = [''];
  for (let depth = 0; depth < DEPTH && found.length < 4; depth += 1) {
    const next: string[] = [];
    for (const here of open) {
      for (const name of await foldersIn(join(top, here))) {
        seen += 1;
        if (seen > MOST_FOLDERS) return found;
        const path = here === '' ? name : `${here}/${name}`;
        if (await isClone(join(top, path))) found.push(path);
        else next.push(path);
      }
    }
    open = next;
  }
  return found.slice(0, 4);
}

/** None for a folder that can't be read: this is only for a hint. */
async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((one) => one.isDirectory() && !one.name.startsWith('.') && one.name !== 'node_modules')
    .map(({ name }) => name)
    .sort();
}

async function isClone(folder: string): Promise<boolean> {
  return access(join(folder, '.git')).then(
    () => true,
    () => false,
  );
}
