import { spawn } from 'node:child_process';
import type { Actor } from '../state/accounts.ts';
import { declined, refusals, remoteLines } from '../state/protection.ts';
import { moveRef } from '../state/refs.ts';
import type { Repository } from '../state/repository.ts';
import type { World } from '../state/world.ts';
import { isRef } from './bare.ts';
import { readCommit } from './commits.ts';
import { diffTrees } from './diff.ts';
import { log } from './history.ts';
import { FLUSH, pktLine, readLines, sideBand } from './pkt-line.ts';

const NONE = '0'.repeat(40);
const CAPABILITIES = 'report-status delete-refs side-band-64k quiet atomic ofs-delta object-format=sha1 agent=github';

interface Command {
  readonly ref: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** The answer to `info/refs` of a push: the refs and the capabilities. */
export function advertise({ bare }: Repository): Buffer {
  const refs = [...bare.refs()];
  const [first, ...others] = refs.length === 0 ? [['capabilities^{}', NONE] as const] : refs;
  const line = ([name, id]: readonly [string, string], more = '') => pktLine(`${id} ${name}${more}\n`);
  const all = first === undefined ? [] : [line(first, `\0${CAPABILITIES}`), ...others.map((one) => line(one))];
  return Buffer.concat([pktLine('# service=git-receive-pack\n'), FLUSH, ...all, FLUSH]);
}

/**
 * Receives a push: unpacks the objects, checks each ref against the protections, and moves it as the API does. It speaks git's
 * protocol itself, because the hooks of `git receive-pack` cannot give GitHub's reason for a refused ref.
 */
export async function receive(world: World, repository: Repository, by: Actor, body: Buffer): Promise<Buffer> {
  const { lines, rest } = readLines(body);
  if (lines.length === 0) return FLUSH;
  const atomic = /\0.*\batomic\b/.test(lines[0] ?? '');
  const commands = lines.map(parse);
  const unpacked = rest.length === 0 ? null : await unpack(repository, rest);
  const said: string[] = [];
  const results = new Map<Command, string | null>();
  for (const command of commands) results.set(command, unpacked ?? check(world, repository, by, command, said));
  const failed = [...results.values()].some((why) => why !== null);
  for (const command of commands) {
    if (results.get(command) !== null) continue;
    if (atomic && failed) results.set(command, 'atomic push failure');
    else move(world, repository, by, command);
  }
  const report = [
    pktLine(`unpack ${unpacked ?? 'ok'}\n`),
    ...commands.map((command) => {
      const why = results.get(command) ?? null;
      return pktLine(why === null ? `ok ${command.ref}\n` : `ng ${command.ref} ${why}\n`);
    }),
    FLUSH,
  ];
  const remarks = Buffer.from(said.map((text) => `${text}\n`).join(''));
  return Buffer.concat([sideBand(2, remarks), sideBand(1, Buffer.concat(report)), FLUSH]);
}

/** Why a ref may not be moved; null when it may. Lines for the person who pushes are added to `said`. */
function check(
  world: World,
  repository: Repository,
  by: Actor,
  { ref, before, after }: Command,
  said: string[],
): string | null {
  const { bare, verified } = repository;
  if (ref.startsWith('refs/pull/')) return 'deny updating a hidden ref';
  if (!isRef(ref)) return 'funny refname';
  const tip = bare.tip(ref);
  if (tip !== before) return `cannot lock ref '${ref}': is at ${tip ?? NONE} but expected ${before ?? NONE}`;
  if (after !== null && readCommit(bare.store, after) === null) return 'missing necessary objects';
  if (after !== null) {
    for (const commit of log(bare.store, after, before)) {
      if (commit.signed && world.trusted.has(commit.committer.email)) verified.add(commit.id);
    }
  }
  const workflow = by.app === null || after === null ? null : changedWorkflow(repository, before, after);
  if (workflow !== null) {
    return `refusing to allow a GitHub App to create or update workflow \`${workflow}\` without \`workflows\` permission`;
  }
  const why = refusals(repository, { ref, before, after, by });
  if (why.length === 0) return null;
  said.push(...remoteLines(repository, ref, world.url, why));
  return declined(repository, ref);
}

/** The workflow file that a push changes. Tokens of jobs cannot have the permission for that. */
function changedWorkflow({ bare }: Repository, before: string | null, after: string): string | null {
  const [old, now] = [readCommit(bare.store, before ?? bare.tip(bare.head) ?? ''), readCommit(bare.store, after)];
  if (old === null || now === null) return null;
  const changes = diffTrees(bare.store, old.tree, now.tree);
  return changes.find(({ path }) => path.startsWith('.github/workflows/'))?.path ?? null;
}

function move(world: World, repository: Repository, by: Actor, { ref, before, after }: Command): void {
  moveRef(world, repository, { ref, before, after, by });
}

function parse(line: string): Command {
  const [before = NONE, after = NONE, ref = ''] = (line.split('\0')[0] ?? '').trimEnd().split(' ');
  return { ref, before: before === NONE ? null : before, after: after === NONE ? null : after };
}

/** Unpacks a pack into loose objects. Returns what is wrong with it, or null. */
function unpack({ bare }: Repository, pack: Buffer): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env['PATH'] ?? '', GIT_CONFIG_NOSYSTEM: '1', HOME: bare.folder };
    const child = spawn('git', ['unpack-objects', '-q'], {
      cwd: bare.folder,
      env,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0 ? null : 'unpacker error'));
    child.stdin.on('error', () => {});
    child.stdin.end(pack);
  });
}
