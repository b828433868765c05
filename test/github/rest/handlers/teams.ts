import type { Team } from '../../state/accounts.ts';
import { notFound } from '../../state/github-error.ts';
import { type Call, type Handler, ok, page } from '../call.ts';
import type { OperationId } from '../permissions.ts';
import { userShape } from '../shapes/account.ts';

export const teams = {
  'teams/get-membership-for-user-in-org': (call) => {
    const { world } = call;
    const team = teamIn(call);
    const login = call.text('username');
    const account = world.accounts.get(login.toLowerCase());
    const member = account === undefined ? undefined : team.members.get(account.id);
    if (member === undefined) throw notFound();
    const url = `${world.url}/organizations/${team.organization.id}/team/${team.id}/memberships/${login}`;
    return ok({ url, role: member.role, state: member.state });
  },

  'teams/list-members-in-org': (call) => {
    const role = call.query.get('role') ?? 'all';
    const members = [...teamIn(call).members.values()].filter(
      (one) => one.state === 'active' && (role === 'all' || role === one.role),
    );
    return page(call, members, ({ account }) => userShape(call.world, account));
  },
} satisfies Partial<Record<OperationId, Handler>>;

function teamIn(call: Call): Team {
  const found = call.world.teams.get(`${call.text('org')}/${call.text('team_slug')}`.toLowerCase());
  if (found === undefined) throw notFound();
  return found;
}
