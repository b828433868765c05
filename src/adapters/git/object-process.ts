import { environmentError } from '../../release/error.ts';
import { startProgram } from '../run-program.ts';

/** An object of a repository. */
export interface GitObject {
  readonly id: string;
  readonly type: 'commit' | 'tree' | 'blob' | 'tag';
  readonly content: Buffer;
}

/** Reads objects with one process of git for all of them. */
export interface Objects {
  /**
   * The object of a name, which is a line in git's words (`HEAD^{commit}`, an id); null where git has none, or several.
   * Throws GIT_FAILED, and TOOL_MISSING without git.
   */
  ask(name: string): Promise<GitObject | null>;
}

/** How to start git: the program, its arguments before the command, and its complete environment. */
export interface GitProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface ObjectLimits {
  /** Maximum size of one object, in bytes. */
  readonly bytes: number;
  /** How long git may print nothing while an answer is due. */
  readonly silenceMs: number;
  /** A process that is asked nothing for so long is ended; the next question starts another one. */
  readonly idleMs: number;
}

const usual: ObjectLimits = { bytes: 256 * 1024 * 1024, silenceMs: 300_000, idleMs: 250 };

/**
 * `git cat-file --batch`, started with the first question. Each other process of git takes some 5 ms, and most runs read a
 * commit, its trees and a few files.
 */
export function objectsOf(
  folder: string,
  program: () => Promise<GitProgram>,
  limits: Partial<ObjectLimits> = {},
): Objects {
  const { idleMs, ...most } = { ...usual, ...limits };
  let running: Conversation | null = null;
  let starting: Promise<Conversation> | null = null;
  let idle: NodeJS.Timeout | null = null;

  const conversation = async () => {
    if (running !== null && !running.isOver()) return running;
    starting ??= program()
      .then((one) => {
        running = converse(folder, one, most);
        return running;
      })
      .finally(() => {
        starting = null;
      });
    return starting;
  };

  return {
    async ask(name) {
      if (/[\n\r\0]/.test(name)) return null;
      const talk = await conversation();
      if (idle !== null) clearTimeout(idle);
      idle = null;
      try {
        return await talk.ask(name);
      } finally {
        if (talk.isQuiet() && !talk.isOver()) {
          if (idle !== null) clearTimeout(idle);
          idle = setTimeout(() => talk.isQuiet() && talk.end(), idleMs);
          idle.unref();
        }
      }
    },
  };
}

interface Conversation {
  ask(name: string): Promise<GitObject | null>;
  isQuiet(): boolean;
  isOver(): boolean;
  end(): void;
}

interface Question {
  readonly name: string;
  resolve(found: GitObject | null): void;
  reject(reason: unknown): void;
}

function converse(
  folder: string,
  { file, args, env }: GitProgram,
  { bytes, silenceMs }: Omit<ObjectLimits, 'idleMs'>,
): Conversation {
  const child = startProgram({ file, args: [...args, 'cat-file', '--batch'], env }, folder);
  const open: Question[] = [];
  let over = false;
  let silence: NodeJS.Timeout | null = null;
  let words = '';

  const fail = (problem: string) => {
    if (over) return;
    over = true;
    if (silence !== null) clearTimeout(silence);
    child.kill('SIGKILL');
    const error = environmentError('GIT_FAILED', `git could not read objects: ${problem}`);
    for (const { reject } of open.splice(0)) reject(error);
  };
  const listen = () => {
    if (silence !== null) clearTimeout(silence);
    silence =
      open.length === 0
        ? null
        : setTimeout(() => fail(`it printed nothing for ${silenceMs / 1_000} seconds`), silenceMs);
  };
  const answers = answersOf({
    bytes,
    found: (object) => open.shift()?.resolve(object),
    fail,
  });
  child.stdout.on('data', (chunk: Buffer) => {
    answers(chunk);
    if (!over) listen();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    words = `${words}${chunk}`.slice(0, 2_000);
  });
  child.stdin.on('error', () => {
    // The end of the process tells what happened.
  });
  child.on('error', ({ message }) => fail(message));
  child.on('close', (code) => fail(words.trim() === '' ? `it ended with exit code ${code}` : words.trim()));

  return {
    ask: (name) =>
      new Promise((resolve, reject) => {
        open.push({ name, resolve, reject });
        if (silence === null) listen();
        child.stdin.write(`${name}\n`);
      }),
    isQuiet: () => open.length === 0,
    isOver: () => over,
    end() {
      over = true;
      child.stdin.end();
    },
  };
}

/** Takes the output of `cat-file --batch` apart, in the chunks in which it comes. */
function answersOf({
  bytes,
  found,
  fail,
}: {
  readonly bytes: number;
  found(object: GitObject | null): void;
  fail(problem: string): void;
}): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let due: { readonly id: string; readonly type: GitObject['type']; readonly size: number } | null = null;
  let parts: Buffer[] = [];
  let have = 0;

  /** Reads one object, and the line break that follows it. Returns false when its last bytes have not arrived yet. */
  const take = (object: NonNullable<typeof due>): boolean => {
    if (parts.length === 0 && rest.length > object.size) {
      const content = rest.subarray(0, object.size);
      rest = rest.subarray(object.size + 1);
      due = null;
      found({ id: object.id, type: object.type, content });
      return true;
    }
    parts.push(rest);
    have += rest.length;
    rest = Buffer.alloc(0);
    if (have < object.size + 1) return false;
    const all = Buffer.concat(parts);
    parts = [];
    have = 0;
    rest = all.subarray(object.size + 1);
    due = null;
    found({ id: object.id, type: object.type, content: all.subarray(0, object.size) });
    return true;
  };

  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length > 0) {
      if (due !== null) {
        if (!take(due)) return;
        continue;
      }
      const end = rest.indexOf('\n');
      if (end < 0) return;
      const header = rest.toString('utf8', 0, end);
      rest = rest.subarray(end + 1);
      const [, id = '', type = '', size = ''] = /^([0-9a-f]{40,64}) (commit|tree|blob|tag) (\d+)$/.exec(header) ?? [];
      if (isType(type)) {
        if (Number(size) > bytes) return fail(`object ${id} is larger than ${bytes / 1024 / 1024} MiB`);
        due = { id, type, size: Number(size) };
      } else if (/ (missing|ambiguous)$/.test(header)) found(null);
      else return fail(`its answer was ${JSON.stringify(header.slice(0, 200))}`);
    }
  };
}

function isType(text: string): text is GitObject['type'] {
  return text === 'commit' || text === 'tree' || text === 'blob' || text === 'tag';
}
