import { codeownersPaths, ownersOf } from '../config/codeowners.ts';
import { login } from '../release/actor.ts';
import type { AskedFor } from '../release/record.ts';
import { type Asked, isGroup, known, OWNERS, unknown } from '../release/vote.ts';
import { type Asker, unknownBy } from './forge-answers.ts';
import { sourcePaths } from './source.ts';
import type { Work } from './work.ts';

/** The logins of the members of a group that an approval names. */
export async function membersOf(
  work: Work,
  asker: Asker,
  name: string,
  release: Pick<AskedFor, 'commit'>,
): Promise<Asked<readonly string[]>> {
  if (name !== OWNERS) return teamOf(asker, name);
  const owners = await ownersAt(work, release).catch(unknownBy);
  if (owners.is === 'unknown') return owners;
  const found = new Set<string>();
  for (const owner of owners.value) {
    const members = isGroup(owner) ? await teamOf(asker, owner) : known([login(owner)]);
    if (members.is === 'unknown') return members;
    for (const one of members.value) found.add(one);
  }
  return known([...found]);
}

async function teamOf(asker: Asker, team: string): Promise<Asked<readonly string[]>> {
  const members = await asker.members(team);
  if (members.is === 'unknown') return members;
  if (members.value === null)
    return unknown("this token may not read it: give the token of an App with 'members: read' as github-token");
  return known(members.value.filter(({ is }) => is === 'person').map((one) => login(one.login)));
}

/** The owners of the delivery's paths, by the file on the policy branch. */
async function ownersAt(
  { context, policy, delivery }: Work,
  release: Pick<AskedFor, 'commit'>,
): Promise<Asked<readonly string[]>> {
  const text = await codeownersAt(context, policy.commit);
  if (text === null) return unknown(`${policy.ref} has no CODEOWNERS file`);
  return known(ownersOf(text, await sourcePaths(context, delivery, [release.commit])));
}

/** The text of the CODEOWNERS file that counts at a commit; null where there is none. */
export async function codeownersAt({ repo }: Pick<Work['context'], 'repo'>, commit: string): Promise<string | null> {
  for (const path of codeownersPaths) {
    const text = await repo.read(commit, path);
    if (text !== null) return text;
  }
  return null;
}
