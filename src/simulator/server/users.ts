import { createHash } from 'node:crypto';

/** The user of a request. */
export interface User {
  readonly username: string;
  readonly groups: readonly string[];
}

/** The users with access. */
export interface Users {
  /** The user of the token in an Authorization header; null for an unknown token. */
  bearing(authorization: string | undefined): User | null;
  /** Throws when no user has that name. */
  tokenOf(username: string): string;
}

/** The name of the user that every server has. */
const admin: User = { username: 'admin', groups: ['system:masters', 'system:authenticated'] };

/** The admin and other users, with their tokens. Throws when two have the same token or name. */
export function createUsers(token: string, others: Readonly<Record<string, string>>): Users {
  const tokens = new Map<string, string>();
  // Looked up by digest, so that the time of the lookup reveals nothing about the tokens.
  const byDigest = new Map<string, User>();
  const add = (user: User, itsToken: string) => {
    const { username } = user;
    const key = digest(`Bearer ${itsToken}`);
    if (username === '' || itsToken === '') throw new Error('a user has to have a name and a token');
    if (tokens.has(username)) throw new Error(`the user ${username} is there already`);
    if (byDigest.has(key)) throw new Error(`the user ${username} has the token of another`);
    tokens.set(username, itsToken);
    byDigest.set(key, user);
  };
  add(admin, token);
  for (const [username, itsToken] of Object.entries(others)) {
    add({ username, groups: ['system:authenticated'] }, itsToken);
  }
  return {
    bearing: (authorization = '') => byDigest.get(digest(authorization)) ?? null,
    tokenOf(username) {
      const found = tokens.get(username);
      if (found === undefined) throw new Error(`the embedded cluster has no user ${JSON.stringify(username)}`);
      return found;
    },
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A kubeconfig (YAML text) with one context, `embedded`, and the token. */
export function kubeconfigText(server: string, token: string): string {
  return `apiVersion: v1
kind: Config
current-context: embedded
clusters: [{ name: embedded, cluster: { server: "${server}" } }]
users: [{ name: embedded, user: { token: ${JSON.stringify(token)} } }]
contexts: [{ name: embedded, context: { cluster: embedded, user: embedded } }]
`;
}
