import type { Forge, ForgeCommit } from '../../release/forge.ts';
import { objectAt, stringAt } from '../../release/json.ts';
import { path } from './answer.ts';
import type { Client } from './client.ts';
import { nodesAt } from './connection.ts';
import { commitIn } from './foreign.ts';
import { once } from './once.ts';
import type { Operation } from './operations.ts';

const COMMIT = `mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`;

const HEAD = `query($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) { target { oid ... on Commit { message parents(first: 2) { nodes { oid } } } } }
  }
}`;

type Branches = Pick<Forge, 'branchHead' | 'createBranch' | 'deleteBranch' | 'commitFiles'>;

export function branches(client: Client): Branches {
  const { owner, name } = client.place;
  const base = path`/repos/${owner}/${name}`;

  async function head(operation: Operation, branch: string, signal: AbortSignal): Promise<string | null> {
    const url = `${base}${path`/git/ref/${`heads/${branch}`}`}`;
    const { status, data } = await client.rest(operation, { method: 'GET', url, accept: [404] }, signal);
    if (status === 404 || stringAt(data, 'ref') !== `refs/heads/${branch}`) return null;
    return commitIn(data, 'object', 'sha');
  }

  /** The commit that an earlier try has made, where it is the head now. */
  async function made({ branch, onto, message }: ForgeCommit, signal: AbortSignal): Promise<string | undefined> {
    const data = await client.query('commitFiles', HEAD, { owner, name, ref: `refs/heads/${branch}` }, signal);
    const found = objectAt(data, 'repository', 'ref', 'target');
    const parents = nodesAt(found, 'parents').map((parent) => stringAt(parent, 'oid'));
    const isIt = parents.length === 1 && parents[0] === onto && stringAt(found, 'message')?.trim() === message.trim();
    return isIt ? commitIn(found, 'oid') : undefined;
  }

  return {
    branchHead: (branch, signal) => head('branchHead', branch, signal),

    async createBranch(branch, commit, signal) {
      const body = { ref: `refs/heads/${branch}`, sha: commit };
      const request = { method: 'POST', url: `${base}/git/refs`, body, accept: [422], repeatable: true } as const;
      const { status, data } = await client.rest('createBranch', request, signal);
      if (status !== 422) return;
      const there = await head('createBranch', branch, signal);
      if (there === commit) return;
      const text = stringAt(data, 'message') ?? '';
      if (there === null) throw client.failed('createBranch', 'refused', 'GitHub refuses it', text);
      throw client.failed('createBranch', 'conflict', `it is there, at ${there}`, text);
    },

    async deleteBranch(branch, signal) {
      const url = `${base}${path`/git/refs/${`heads/${branch}`}`}`;
      const request = { method: 'DELETE', url, accept: [404, 422], repeatable: true } as const;
      const { status, data } = await client.rest('deleteBranch', request, signal);
      if (status < 300 || (await head('deleteBranch', branch, signal)) === null) return;
      const text = stringAt(data, 'message') ?? '';
      throw client.failed('deleteBranch', 'refused', 'GitHub refuses it', text);
    },

    async commitFiles(commit, signal) {
      const input = inputOf(commit, `${owner}/${name}`);
      return await once(
        async () => {
          const data = await client.mutate('commitFiles', COMMIT, { input }, signal);
          return commitIn(data, 'createCommitOnBranch', 'commit', 'oid');
        },
        () => made(commit, signal),
      );
    },
  };
}

function inputOf({ branch, onto, message, files }: ForgeCommit, repository: string): object {
  const [headline = '', ...rest] = message.split('\n');
  const all = [...files];
  return {
    branch: { repositoryNameWithOwner: repository, branchName: branch },
    expectedHeadOid: onto,
    message: { headline, body: rest.join('\n').trim() },
    fileChanges: {
      additions: all.flatMap(([file, text]) =>
        text === null ? [] : [{ path: file, contents: Buffer.from(text).toString('base64') }],
      ),
      deletions: all.flatMap(([file, text]) => (text === null ? [{ path: file }] : [])),
    },
  };
}
