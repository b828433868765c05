import { describe, expect, test } from 'vitest';
import { type Forge, ForgeError } from '../../src/release/forge.ts';
import { type MemoryForge, memoryForge, OURS } from '../support/forge.ts';
import { config } from './files.ts';
import { type RunOptions, type Shop, shopWith } from './shop.ts';

/** v2 was merged by a pull request, and waits at its first step. ada, bob and eve may write; mallory may not. */
async function waiting(more: Parameters<typeof config>[0] = {}) {
  const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config(more) } });
  const world = memoryForge(shop.now);
  shop.forge = world;
  for (const login of ['ada', 'bob', 'eve']) world.person(login, 'write');
  world.person('mallory', 'read');
  const pull = world.merged([shop.push('v2')]);
  await shop.person('bob')('deploy');
  return { shop, world, pull, id: shop.id(), answer: answering(shop, pull) };
}

/** Runs `answer` as a run that a new comment on the pull request has started. */
function answering(shop: Shop, pull: number) {
  let runs = 100;
  return ({ line = 'answer', ...options }: RunOptions & { readonly line?: string } = {}) => {
    runs += 1;
    const workflow = { id: String(runs), event: 'issue_comment' };
    return shop.person('mallory')(line, { pullRequest: pull, workflow, ...options });
  };
}

/** Our answers, without their markers. */
const answers = (world: MemoryForge, pull: number) =>
  world.bodies(pull).flatMap((body) => {
    const [marker = '', ...lines] = body.split('\n');
    return marker.startsWith('<!-- stepgate:') ? [lines.join('\n').trim()] : [];
  });
const acts = (shop: Shop) => {
  const { holds, rollback, runs } = shop.record();
  return { holds: holds.length, rolledBack: rollback?.from.id ?? null, runs: runs.map((one) => one.command) };
};

describe('a comment', () => {
  test('holds and resumes as its author, once for each comment', async () => {
    const { shop, world, pull, id, answer } = await waiting();
    using _ = shop;
    const first = world.say('ada', pull, '/stepgate hold shop 5xx up\nSee the graph.');
    expect(await answer()).toMatchObject({ exit: 0, code: 'HELD' });
    expect(shop.record().holds).toMatchObject([
      {
        by: 'ada',
        reason: '5xx up',
        digest: null,
        run: { event: 'issue_comment', comment: { id: first.id, url: first.url } },
      },
    ]);
    expect(answers(world, pull)).toEqual([
      '**ada**, `/stepgate hold shop 5xx up`: shop is held. Next: `/stepgate resume shop`',
    ]);
    expect(world.reactions(first.id)).toEqual(['eyes', 'rocket']);

    // The event is delivered again, and nothing more is done.
    const record = shop.record();
    expect(await answer()).toMatchObject({ exit: 0 });
    expect([shop.record(), answers(world, pull).length]).toEqual([record, 1]);

    const second = world.say('bob', pull, '/stepgate resume shop');
    expect((await answer()).exit).toBe(0);
    expect(shop.record().holds).toEqual([]);
    expect(shop.record().runs[0]).toMatchObject({ by: 'bob', command: 'resume', run: { comment: { id: second.id } } });
    expect(answers(world, pull)[1]).toMatch(/^\*\*bob\*\*, `\/stepgate resume shop`: shop is not held: /);

    world.say('eve', pull, `/stepgate hold shop ${id}`);
    await answer();
    expect(shop.record().holds).toMatchObject([{ by: 'eve', release: id }]);
    expect(answers(world, pull)[2]).toContain(`${id} of shop is held. Next: \`/stepgate resume shop ${id}\``);
  });

  test('rolls back the release that it names, in the cluster and in Git', async () => {
    const { shop, world, pull, id, answer } = await waiting();
    using _ = shop;
    const said = world.say('bob', pull, `/stepgate rollback shop ${id} it is slow`);
    expect(await answer()).toMatchObject({ exit: 0, code: 'ROLLED_BACK' });
    expect([shop.live(), shop.git(), shop.pods()]).toEqual(['v1', 'v1', 'v1:4']);
    expect(shop.record().rollback).toMatchObject({
      by: 'bob',
      reason: 'it is slow',
      run: { comment: { id: said.id } },
    });
    expect(world.reactions(said.id)).toEqual(['eyes', 'rocket']);
    // A second person at the same alarm goes no release further back.
    world.say('ada', pull, `/stepgate rollback shop ${id}`);
    expect((await answer()).exit).toBe(0);
    expect([shop.live(), acts(shop).runs.filter((one) => one === 'rollback')]).toEqual(['v1', ['rollback']]);
    expect(answers(world, pull)).toHaveLength(2);
  });

  test('of an outsider, a bot or a deleted account does nothing', async () => {
    const { shop, world, pull, id, answer } = await waiting();
    using _ = shop;
    world.person('tool[bot]', 'admin', 'bot');
    const record = shop.record();
    const lines = ['hold shop', 'resume shop', `rollback shop ${id}`, `promote shop ${id} one`, 'status'];
    for (const line of lines) {
      world.say('mallory', pull, `/stepgate ${line}`);
      world.say('tool[bot]', pull, `/stepgate ${line}`);
      world.orphan(world.say('ada', pull, `/stepgate ${line}`).id);
    }
    expect(await answer()).toMatchObject({ exit: 0, code: 'NOTHING' });
    expect(shop.record()).toEqual(record);
    const said = answers(world, pull);
    expect(said).toHaveLength(lines.length);
    for (const one of said) expect(one).toContain('**mallory**');
    for (const one of said)
      expect(one).toContain('mallory may not write to forge.example/acme/shop, so nothing is done.');
    expect(said.join()).not.toMatch(/GATE|waits|v2/);
  });

  test('counts by the right that its author has when it is acted on', async () => {
    const { shop, world, pull, answer } = await waiting();
    using _ = shop;
    world.say('ada', pull, '/stepgate hold shop');
    world.before = (request) => {
      if (request === 'right') world.person('ada', 'triage');
    };
    await answer();
    expect(acts(shop).holds).toBe(0);
    expect(answers(world, pull)[0]).toContain('ada may not write');
  });

  test('that was edited does nothing, whenever that was', async () => {
    const { shop, world, pull, answer } = await waiting();
    using _ = shop;
    const before = world.say('ada', pull, 'Fine.');
    world.edit(before.id, '/stepgate hold shop');
    const meanwhile = world.say('bob', pull, '/stepgate hold shop');
    world.before = (request) => {
      if (request === 'react') world.edit(meanwhile.id, '/stepgate hold shop for now');
    };
    expect((await answer()).exit).toBe(0);
    expect(acts(shop).holds).toBe(0);
    expect(answers(world, pull)).toHaveLength(2);
    for (const one of answers(world, pull)) expect(one).toContain('was edited, so nothing is done: write a new one.');
    expect(world.reactions(before.id)).toEqual(['confused']);
  });

  test('that was taken back before it was acted on has no answer', async () => {
    const { shop, world, pull, answer } = await waiting();
    using _ = shop;
    const { id } = world.say('ada', pull, '/stepgate hold shop');
    world.before = (request) => {
      if (request === 'react') world.remove(id);
    };
    expect((await answer()).exit).toBe(0);
    expect([acts(shop).holds, answers(world, pull)]).toEqual([0, []]);
  });

  test('that names yesterday’s release does nothing to today’s', async () => {
    const { shop, world, pull, id, answer } = await waiting();
    using _ = shop;
    shop.push('v3');
    await shop.person('bob')('deploy');
    const now = shop.id();
    for (const line of [`rollback shop ${id}`, `promote shop ${id} one`]) world.say('ada', pull, `/stepgate ${line}`);
    const record = shop.record();
    expect((await answer()).exit).toBe(0);
    expect([shop.record(), shop.live()]).toEqual([record, 'v3']);
    const [one, two] = answers(world, pull);
    expect(one).toContain('RELEASE_CHANGED');
    expect(one).toContain(`${now} is live, not ${id}`);
    expect(two).toContain(`${now} is here, not ${id}`);
  });

  test('that is old is not acted on, and other old ones are left alone', async () => {
    const { shop, world, pull, id, answer } = await waiting();
    using _ = shop;
    for (const line of ['hold shop', `rollback shop ${id}`, 'resume shop', 'status', 'help', 'hlep'])
      world.say('ada', pull, `/stepgate ${line}`);
    await shop.wait('169h');
    const record = shop.record();
    expect((await answer()).exit).toBe(0);
    expect(shop.record()).toEqual(record);
    expect(answers(world, pull)).toHaveLength(3);
    for (const one of answers(world, pull)) expect(one).toContain('older than 7 days');
  });

  test('on an issue asks for help, and acts on nothing', async () => {
    const { shop, world, answer } = await waiting();
    using _ = shop;
    const issue = world.issue();
    world.say('ada', issue, '/stepgate hold shop');
    world.say('ada', issue, '/stepgate help');
    expect((await answer({ pullRequest: issue })).exit).toBe(0);
    expect(acts(shop).holds).toBe(0);
    expect(answers(world, issue)[0]).toContain('this is an issue');
    expect(answers(world, issue)[1]).toContain('- `/stepgate promote DELIVERY RELEASE STEP`: approves');
  });

  test.each([
    ['/stepgate promot shop', '**ada**: this is not understood. Next: `/stepgate promote shop RELEASE STEP`'],
    ['/stepgate rollback shop', '**ada**: this is not understood. Next: `/stepgate rollback shop RELEASE`'],
    ['/stepgate hold pay', 'DELIVERY_UNKNOWN'],
    ['/stepgate rollback shop 0123456789-abcdef01', 'is live, not 0123456789-abcdef01'],
    ['/stepgate resume shop 0123456789-abcdef01', 'shop has no release 0123456789-abcdef01'],
  ])('%s is answered, and writes nothing', async (body, wanted) => {
    const { shop, world, pull, answer } = await waiting();
    using _ = shop;
    const record = shop.record();
    const { id } = world.say('ada', pull, body);
    expect((await answer()).exit).toBe(0);
    expect(answers(world, pull).join()).toContain(wanted);
    expect([world.reactions(id).at(-1), shop.record()]).toEqual(['confused', record]);
  });

  test('asks for the status of the deliveries', async () => {
    const { shop, world, pull, id, answer } = await waiting();
    using _ = shop;
    world.say('ada', pull, '/stepgate status');
    expect((await answer()).exit).toBe(0);
    expect(answers(world, pull)).toEqual([
      `**ada**, \`/stepgate status\`: where the deliveries stand.\n\n- \`shop\`: ${id} at step 1 of 2 (one): step 1 waits for an approval`,
    ]);
  });
});

describe('an approval by comment', () => {
  const steps = [
    '{ name: one, replicas: 1, leaveWhen: [{ approval: sre }] }',
    '{ name: half, replicas: 50%, leaveWhen: [{ approval: sre }] }',
    '{ name: all, replicas: 100% }',
  ];
  const sre = (by: string) => ({ root: [`approvals: { sre: { by: [${by}], from: [ada, bob], count: 2 } }`], steps });

  test('is answered with what its gate says, and the last one lets the release go on', async () => {
    const { shop, world, pull, id, answer } = await waiting(sre('comment'));
    using _ = shop;
    const said = world.say('ada', pull, `/stepgate promote shop ${id} one`);
    expect(await answer()).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect(answers(world, pull)).toEqual([
      `**ada**, \`/stepgate promote shop ${id} one\`: shop: sre: waits for 1 more: approved by ada (comment), missing: bob.`,
    ]);
    expect(world.reactions(said.id)).toEqual(['eyes', 'rocket']);
    world.say('ada', pull, `/stepgate promote shop ${id} half`);
    world.say('bob', pull, `/stepgate promote shop ${id} one`);
    expect(await answer()).toMatchObject({ exit: 0, code: 'UPGRADING' });
    const [, half, one] = answers(world, pull);
    expect(half).toContain('half`: shop: its pods move to step 2 (half).');
    expect(one).toContain('shop is past step 1: its pods move to step 2 (half).');
    await shop.wait('1m');
    expect(shop.pods()).toBe('v1:2 v2:2');
  });

  test('of a step that the release has not reached is told so', async () => {
    const { shop, world, pull, id, answer } = await waiting(sre('comment'));
    using _ = shop;
    world.say('ada', pull, `/stepgate promote shop ${id} half`);
    expect((await answer()).exit).toBe(0);
    expect(answers(world, pull)[0]).toContain(`shop: ${id} is not at step 2 yet: step 1 waits for 2 approvals`);
    expect(shop.pods()).toBe('v1:3 v2:1');
  });

  test.each([
    ['comment', 'eve', 'one', 'this approval does not count: eve is not named'],
    ['comment', 'ada', 'smoke', "shop has no step 'smoke' (known: start, 1 one, 2 half, 3 all, end)"],
    ['command', 'ada', 'one', 'step 1 takes no approval by comment'],
    ['review', 'ada', 'one', 'step 1 takes no approval by comment'],
  ])('(by %s) of %s for %s does not count, and that is said', async (by, who, step, wanted) => {
    const { shop, world, pull, id, answer } = await waiting(sre(by));
    using _ = shop;
    const { id: said } = world.say(who, pull, `/stepgate promote shop ${id} ${step}`);
    const record = shop.record();
    expect((await answer()).exit).toBe(0);
    expect(answers(world, pull)[0]).toContain(wanted);
    expect([world.reactions(said).at(-1), shop.record()]).toEqual(['confused', record]);
  });

  test('belongs on the newest pull request of the release', async () => {
    const { shop, world, pull, answer } = await waiting(sre('comment'));
    using _ = shop;
    const newer = world.merged([shop.push('v3')]);
    await shop.person('bob')('deploy');
    world.say('ada', pull, `/stepgate promote shop ${shop.id()} one`);
    world.say('ada', newer, `/stepgate promote shop ${shop.id()} one`);
    await answer();
    await answer({ pullRequest: newer });
    expect(answers(world, pull)[0]).toContain(`belong on &#35;&#8203;${newer}`);
    expect(answers(world, newer)[0]).toContain('shop: sre: waits for 1 more: approved by ada (comment)');
  });

  test('that can not be looked up is answered with why, and counted once it can', async () => {
    const { shop, world, pull, id, answer } = await waiting(sre('comment'));
    using _ = shop;
    for (const who of ['ada', 'bob']) world.say(who, pull, `/stepgate promote shop ${id} one`);
    world.before = (request) => {
      if (request === 'pullRequestsOf') throw new ForgeError('away', 'connect ECONNREFUSED');
    };
    expect((await answer()).exit).toBe(0);
    expect(answers(world, pull)[0]).toContain('approvals at the forge are unknown: connect ECONNREFUSED');
    expect(shop.pods()).toBe('v1:3 v2:1');
    world.before = () => {};
    await shop.person('ci')('tick');
    await shop.wait('1m');
    expect(shop.pods()).toBe('v1:2 v2:2');
  });
});

describe('between two lines', () => {
  test('a run that is killed after its act: the next one answers, and acts no second time', async () => {
    const { shop, world, pull, id, answer } = await waiting();
    using _ = shop;
    world.say('ada', pull, '/stepgate hold shop');
    world.say('ada', pull, `/stepgate hold shop ${id}`);
    const dying = (request: keyof Forge) => {
      if (request === 'comment') throw new Error('the process is gone');
    };
    world.before = dying;
    await expect(answer()).rejects.toThrow('the process is gone');
    world.before = () => {};
    expect([acts(shop).holds, answers(world, pull)]).toEqual([1, []]);
    // What somebody has done since then stays.
    await shop.person('bob')('resume');
    expect((await answer()).exit).toBe(0);
    expect(shop.record().holds).toMatchObject([{ release: id }]);
    expect(answers(world, pull)[0]).toContain('shop was held, and is not any more.');
    expect(answers(world, pull)).toHaveLength(2);
  });

  test.each([1, 2, 3, 4])('a run that is killed at write %i of a rollback: the next one ends it', async (dies) => {
    const { shop, world, pull, id, answer } = await waiting();
    using _ = shop;
    world.say('ada', pull, `/stepgate rollback shop ${id}`);
    await answer({ dies });
    expect(answers(world, pull)).toEqual([]);
    expect((await answer()).exit).toBe(0);
    expect([shop.live(), shop.git(), acts(shop).runs.filter((one) => one === 'rollback')]).toEqual([
      'v1',
      'v1',
      ['rollback'],
    ]);
    expect(answers(world, pull)).toHaveLength(1);
  });

  test('a rollback that ended before its answer was lost touches nothing that came after it', async () => {
    const { shop, world, pull, id, answer } = await waiting();
    using _ = shop;
    world.say('ada', pull, `/stepgate rollback shop ${id}`);
    world.before = (request) => {
      if (request === 'comment') throw new Error('the process is gone');
    };
    await expect(answer()).rejects.toThrow('the process is gone');
    world.before = () => {};
    shop.push('v3');
    await shop.person('bob')('deploy');
    expect(await answer()).toMatchObject({ exit: 0, code: 'GATE_SHUT' });
    expect([shop.live(), shop.pods()]).toEqual(['v3', 'v1:3 v3:1']);
  });

  test('two runs at once: one act', async () => {
    const { shop, world, pull, answer } = await waiting();
    using _ = shop;
    world.say('ada', pull, '/stepgate hold shop');
    const told = await shop.together(
      () => answer(),
      () => answer({ clone: shop.origin.clone() }),
    );
    expect(told.map((one) => one.exit)).toEqual([0, 0]);
    expect(acts(shop).runs.filter((one) => one === 'hold')).toEqual(['hold']);
  });

  test('a resume lifts no hold that came after its comment', async () => {
    const { shop, world, pull, answer } = await waiting();
    using _ = shop;
    world.say('ada', pull, '/stepgate hold shop first');
    await shop.wait('5s');
    world.say('bob', pull, '/stepgate resume shop');
    await shop.wait('10s');
    // One run reads both: the hold is made first, although it was asked for before.
    await answer();
    expect(shop.record().holds).toEqual([]);
    world.say('bob', pull, '/stepgate resume shop');
    await shop.wait('5s');
    await shop.person('ada')('hold --reason second');
    await answer();
    expect(shop.record().holds).toMatchObject([{ reason: 'second' }]);
    expect(answers(world, pull).at(-1)).toContain('shop is still held by ada: second.');
  });

  test('a cluster that is away: the answer says so, and the next run does it and changes the answer', async () => {
    const { shop, world, pull, answer } = await waiting();
    using _ = shop;
    const { id } = world.say('ada', pull, '/stepgate hold shop');
    shop.unreachable.add('');
    expect(await answer()).toMatchObject({ exit: 3, code: 'CLUSTER_UNREACHABLE' });
    expect(answers(world, pull)[0]).toContain('The next run tries again.');
    expect(world.reactions(id)).toEqual(['eyes']);
    shop.unreachable.clear();
    expect((await answer()).exit).toBe(0);
    expect(answers(world, pull)).toEqual([
      '**ada**, `/stepgate hold shop`: shop is held. Next: `/stepgate resume shop`',
    ]);
    expect(acts(shop).holds).toBe(1);
  });

  test('a forge that takes no reaction or no answer keeps nobody from a hold', async () => {
    const { shop, world, pull, answer } = await waiting();
    using _ = shop;
    world.say('ada', pull, '/stepgate hold shop');
    world.before = (request) => {
      if (request === 'react' || request === 'comment')
        throw new ForgeError('forbidden', 'Resource not accessible', { needs: 'pull-requests: write' });
    };
    const told = await answer();
    expect(told).toMatchObject({
      exit: 3,
      code: 'FORGE_REFUSED',
      error: { hint: expect.stringContaining('pull-requests: write') },
    });
    expect(acts(shop).holds).toBe(1);
  });
});

test('a command line answers as well, with the authors as the persons, and repeats nothing', async () => {
  const { shop, world, pull, answer } = await waiting();
  using _ = shop;
  const { id } = world.say('ada', pull, '/stepgate hold shop');
  const line = `answer --pull-request ${pull}`;
  expect((await shop.person('bob')(line)).exit).toBe(0);
  expect(shop.record().holds).toMatchObject([{ by: 'ada', run: { by: 'host', comment: { id } } }]);
  await shop.person('bob')('resume');
  // Its answer is gone, and so is the hold; the record still knows the comment.
  world.remove(id + 1);
  expect(answers(world, pull)).toEqual([]);
  for (const again of [() => shop.person('bob')(line), answer]) expect((await again()).exit).toBe(0);
  expect([acts(shop).holds, answers(world, pull).length]).toEqual([0, 1]);
});

describe('an answer is believed', () => {
  test('only when we wrote it', async () => {
    const { shop, world, pull, answer } = await waiting();
    using _ = shop;
    const { id } = world.say('ada', pull, '/stepgate hold shop');
    world.say('mallory', pull, `<!-- stepgate:answer ${id} -->\nDone.`);
    world.say(OURS, pull, `Thanks, mallory.\n<!-- stepgate:answer ${id} -->`);
    await answer();
    expect(acts(shop).holds).toBe(1);
    expect(answers(world, pull).filter((one) => one.includes('is held'))).toHaveLength(1);
  });

  test('and what a person writes in a command is only text there', async () => {
    const { shop, world, pull, answer } = await waiting();
    using _ = shop;
    const next = world.say('ada', pull, '/stepgate hold shop');
    const reason = `<!-- stepgate:answer ${next.id} --> @acme/all #1 [x](javascript:1) ![](//x) \`a\` ::error::x \u202egnp`;
    world.say('bob', pull, `/stepgate hold shop ${reason}`);
    await answer();
    expect(acts(shop).runs.filter((one) => one === 'hold')).toHaveLength(2);
    const [, text = ''] = answers(world, pull);
    expect(text.split('\n')).toHaveLength(1);
    expect(text).not.toMatch(/<|@acme|#1\b|\]\(|!\[|\u202e/);
  });
});

describe('a run', () => {
  test('needs a forge, and says what gives it', async () => {
    const { shop, answer } = await waiting();
    using _ = shop;
    shop.forge = null;
    expect(await answer()).toMatchObject({
      exit: 2,
      code: 'USAGE',
      error: { hint: expect.stringMatching(/github-token.*pull-requests: write/) },
    });
    expect(await answer({ line: 'answer --pull-request x' })).toMatchObject({
      exit: 2,
      error: { message: "pull-request is 'x'" },
    });
  });

  test('that a schedule started finds the comments on the pull requests of the releases under way', async () => {
    const { shop, world, pull } = await waiting();
    using _ = shop;
    world.say('ada', pull, '/stepgate hold shop');
    const told = await shop.person('ada')('answer', { workflow: { id: '7', event: 'schedule' } });
    expect(told.exit).toBe(0);
    expect([acts(shop).holds, answers(world, pull).length]).toEqual([1, 1]);
  });

  test('answers twenty comments, the stops first', async () => {
    const { shop, world, pull, answer } = await waiting();
    using _ = shop;
    for (let count = 0; count < 25; count += 1) world.say('mallory', pull, '/stepgate help');
    world.say('ada', pull, '/stepgate hold shop');
    const { log } = await answer();
    expect(log).toContain('6 comments are left to the next run');
    expect([acts(shop).holds, answers(world, pull).length]).toEqual([1, 20]);
    await answer();
    expect(answers(world, pull)).toHaveLength(26);
  });

  test('that is chosen for other deliveries leaves a comment to its own run', async () => {
    const { shop, world, pull, answer } = await waiting();
    using _ = shop;
    world.say('ada', pull, '/stepgate hold shop');
    await answer({ line: 'answer --delivery pay' });
    expect([acts(shop).holds, answers(world, pull)]).toEqual([0, []]);
    await answer({ line: 'answer --delivery shop' });
    expect([acts(shop).holds, answers(world, pull).length]).toEqual([1, 1]);
  });
});
