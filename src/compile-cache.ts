import { mkdirSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import path from 'node:path';

/**
 * Keeps the compiled code of the command line in the cache folder of the person (`XDG_CACHE_HOME`, else `~/.cache`), which
 * makes the next start faster. Node's own place for it is below the folder for temporary files, where another user could
 * put code first; so a folder that is not this user's alone is not used. Without a folder nothing is kept.
 * `NODE_DISABLE_COMPILE_CACHE=1` switches it off.
 */
export function keepCompiled(env: Readonly<Record<string, string | undefined>>): void {
  if ((env['NODE_DISABLE_COMPILE_CACHE'] ?? '') !== '') return;
  const home = env['HOME'] ?? '';
  const given = env['XDG_CACHE_HOME'] ?? '';
  const caches = path.isAbsolute(given) ? given : path.isAbsolute(home) ? path.join(home, '.cache') : null;
  const user = process.getuid?.();
  if (caches === null || user === undefined) return;
  const folder = path.join(caches, 'stepgate');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(folder);
    if (uid === user && (mode & 0o022) === 0) enableCompileCache(folder);
  } catch {
    // A home that can't be written to keeps nothing.
  }
}
