import { constants, existsSync } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

export type Env = Readonly<Record<string, string | undefined>>;

/** The programs of this machine that may be started: those in absolute folders of PATH outside of the repository. */
export interface Programs {
  /** The absolute path of a program; null when there is none. `name` is its name, or an absolute path. */
  find(name: string): Promise<string | null>;
  /** The folders of PATH in which programs are found, for what a program starts itself. */
  path(): Promise<string>;
}

/** Where a program that renders is looked for, and how long it may take, in milliseconds. */
export interface RendererOptions {
  readonly env: Env;
  /** The folder in which stepgate runs. Where it is in a repository, no program of that repository is started. */
  readonly folder?: string | undefined;
  readonly timeout?: number;
}

/**
 * The programs outside of the repository around `folder`. A relative or empty entry of PATH leads into the current folder, and
 * anybody may commit a program: such entries, and those in the work tree or in the workspace of a job, are left out.
 */
export function programsFor({ env, folder }: Pick<RendererOptions, 'env' | 'folder'>): Programs {
  const tops = once(async () => {
    const given = [folder === undefined ? null : workTree(folder), env['GITHUB_WORKSPACE'] ?? null];
    const known = given.filter((top) => top !== null && path.isAbsolute(top)).flatMap((top) => top ?? []);
    const all = [...known, ...(await Promise.all(known.map(behind))).flat()];
    // A repository at the root of the disk would exclude every program.
    return all.filter((top) => top !== path.parse(top).root);
  });
  const isOutside = async (place: string) => {
    const inside = await tops();
    return ![place, ...(await behind(place))].some((one) =>
      inside.some((top) => one === top || one.startsWith(`${top}${path.sep}`)),
    );
  };
  const folders = once(async () => {
    const listed = (env['PATH'] ?? '').split(path.delimiter).filter((entry) => path.isAbsolute(entry));
    const outside = await Promise.all(listed.map(isOutside));
    return listed.filter((_, index) => outside[index]);
  });

  async function find(name: string): Promise<string | null> {
    const places = path.isAbsolute(name) ? [name] : (await folders()).map((entry) => path.join(entry, name));
    // Symbolic links are not resolved in the result: busybox, for one, chooses what it does by the name it is started with.
    for (const place of places) if ((await isProgram(place)) && (await isOutside(place))) return place;
    return null;
  }

  const found = new Map<string, Promise<string | null>>();
  return {
    find(name) {
      const known = found.get(name) ?? find(name);
      found.set(name, known);
      // A program that is missing may be installed while a loop runs.
      known.then((place) => place === null && found.delete(name));
      return known;
    },
    path: async () => (await folders()).join(path.delimiter),
  };
}

/** These variables of the environment, where they are set. */
export function named(env: Env, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** The nearest folder around one that has a `.git`; null where there is none, such as in a person's home. */
function workTree(folder: string): string | null {
  for (let here = path.resolve(folder); ; here = path.dirname(here)) {
    if (existsSync(path.join(here, '.git'))) return here;
    if (here === path.dirname(here)) return null;
  }
}

async function behind(place: string): Promise<readonly string[]> {
  return realpath(place).then(
    (real) => [real],
    () => [],
  );
}

async function isProgram(place: string): Promise<boolean> {
  return access(place, constants.X_OK)
    .then(() => stat(place))
    .then(
      (found) => found.isFile(),
      () => false,
    );
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
