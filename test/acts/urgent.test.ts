import { describe, expect, test } from 'vitest';
import { memoryForge } from '../support/forge.ts';
import { config } from './files.ts';
import { shopWith } from './shop.ts';

/** v2 is on the branch, by the pull request of eve, which fay merged; no schedule opens before long. */
async function closedUntilLater(approvals: string) {
  const root = [
    `approvals: { sre: { ${approvals} } }`,
    'schedules: { later: { zone: UTC, allow: [Wed 03:00-03:01] } }',
  ];
  const more = ['startWhen: [{ approval: sre }, { schedule: later }]'];
  const shop = await shopWith(['v1']);
  const forge = memoryForge(shop.now, shop.origin);
  shop.forge = forge;
  for (const login of ['ada', 'eve', 'fay']) forge.person(login, 'write');
  forge.team('acme/sre', ['ada', 'eve']);
  const commit = shop.push('v2', { files: { 'stepgate.yaml': config({ root, more }) } });
  forge.merged([commit], { author: forge.person('eve', 'write'), mergedBy: forge.person('fay', 'write') });
  const urgent = (who: string, id?: string) =>
    shop.person(who)(
      'deploy --urgent --reason outage',
      id === undefined ? {} : { workflow: { id, event: 'workflow_dispatch' } },
    );
  return { shop, forge, urgent };
}

describe('a start is urgent for whoever may approve it', () => {
  test('and not for who wrote or merged the change, where they may not approve it either', async () => {
    const { shop, urgent } = await closedUntilLater('by: [command], notAuthor: true, notMerger: true');
    using _ = shop;
    for (const who of ['eve', 'fay']) expect(await urgent(who)).toMatchObject({ exit: 4, code: 'PERSON_REFUSED' });
    expect(shop.record().release?.urgent).toBeUndefined();
    expect(await urgent('ada')).toMatchObject({ exit: 0, code: 'START_GATE_SHUT' });
    expect(shop.record().release).toMatchObject({ by: 'ada', urgent: 'outage' });
  });

  test('nor for anybody while nobody says who wrote it', async () => {
    const { shop, urgent } = await closedUntilLater('by: [command], notAuthor: true');
    using _ = shop;
    shop.forge = null;
    expect(await urgent('ada')).toMatchObject({ exit: 4, code: 'PERSON_REFUSED' });
  });

  test('such as the members of a team, also for the first commit that it asks for', async () => {
    const { shop, urgent } = await closedUntilLater('by: [command], from: [acme/sre]');
    using _ = shop;
    expect(await urgent('fay')).toMatchObject({ exit: 4, code: 'PERSON_REFUSED' });
    expect(await urgent('eve')).toMatchObject({ exit: 0, code: 'START_GATE_SHUT' });
  });

  test('in a workflow the account that the forge says started the run, on the branch of the policy', async () => {
    const { shop, forge, urgent } = await closedUntilLater('by: [command], from: [ada]');
    using _ = shop;
    forge.run('77', 'eve');
    expect(await urgent('ada', '77')).toMatchObject({ exit: 4, code: 'PERSON_REFUSED' });
    forge.run('78', 'ada', { branch: 'feature' });
    expect(await urgent('ada', '78')).toMatchObject({ exit: 4, code: 'EVENT_REFUSED' });
    expect(shop.record().release?.urgent).toBeUndefined();
    forge.run('79', 'ada');
    expect(await urgent('ada', '79')).toMatchObject({ exit: 0, code: 'START_GATE_SHUT' });
  });
});
