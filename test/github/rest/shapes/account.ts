import type { Account, App } from '../../state/accounts.ts';
import { stamp } from '../../state/stamp.ts';
import type { World } from '../../state/world.ts';

const OWN = [
  ...['followers', 'organizations', 'received_events', 'repos', 'subscriptions'].map((name) => [name, name]),
  ['events', 'events{/privacy}'],
  ['following', 'following{/other_user}'],
  ['gists', 'gists{/gist_id}'],
  ['starred', 'starred{/owner}{/repo}'],
] as const;

/** REST shows this account in place of a deleted one. */
const GHOST = { id: 10137, nodeId: 'U_10137', login: 'ghost', type: 'User' } as const;

export function userShape({ url }: World, account: Account) {
  const { id, nodeId, login, type } = account.deleted ? GHOST : account;
  const own = `${url}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: nodeId,
    avatar_url: `${url}/avatars/u/${id}?v=4`,
    gravatar_id: '',
    url: own,
    html_url: `${url}/${encodeURIComponent(login)}`,
    ...Object.fromEntries(OWN.map(([name, suffix]) => [`${name}_url`, `${own}/${suffix}`])),
    type,
    user_view_type: 'public',
    site_admin: false,
  };
}

/** An account that was asked for alone: it has more fields. */
export function profileShape(world: World, account: Account) {
  const at = stamp(account.createdAt);
  return {
    ...userShape(world, account),
    name: account.name,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: at,
    updated_at: at,
  };
}

export function appShape(world: World, app: App) {
  const at = stamp(app.createdAt);
  return {
    id: app.id,
    client_id: `Iv1.${app.id}`,
    slug: app.slug,
    node_id: app.nodeId,
    owner: userShape(world, app.owner),
    name: app.name,
    description: '',
    external_url: `${world.url}/apps/${app.slug}/about`,
    html_url: `${world.url}/apps/${app.slug}`,
    created_at: at,
    updated_at: at,
    permissions: app.grants,
    events: [],
  };
}
