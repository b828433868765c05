import { describe, expect, it, test } from 'vitest';
import type { DeliveryReport } from '../../src/release/report.ts';
import { releaseSection } from '../../src/views/comment-section.ts';
import { fitComment } from '../../src/views/fit-comment.ts';
import { COMMENT_MARKER, parseComment, type Section } from '../../src/views/living-comment.ts';
import { type memoryForge, pullRequest } from '../support/memory-forge.ts';
import { delivery, now, planned, release } from '../views/builder.ts';
import { done, pulls, reporting, rolling, waiting } from './forge.ts';

const [plan = delivery({})] = planned.deliveries;
const bodies = (at: ReturnType<typeof memoryForge>, number = 12) =>
  (at.comments.get(number) ?? []).map(({ body }) => body);
const sections = (at: ReturnType<typeof memoryForge>, number = 12) =>
  bodies(at, number).flatMap((body) => parseComment(body) ?? []);
const short = (found: readonly Section[]) => found.map(({ is, delivery: name, state }) => `${is} ${name} ${state}`);
const ours = { id: 41898282, login: 'github-actions[bot]', is: 'bot' } as const;
const textOf = (one: DeliveryReport) => {
  const section = releaseSection(one, { now, url: null });
  return fitComment(section === null ? [] : [section]);
};

describe('the living comment', () => {
  it('is one of a pull request, written when something changed, and closed at the end', async () => {
    const { at, tell } = reporting();
    await tell(rolling(), waiting({ name: 'cart@prod' }));
    expect(short(sections(at))).toEqual(['release cart@prod open', 'release shop@prod open']);
    const again = await tell(rolling(), waiting({ name: 'cart@prod' }));
    expect(again.written.filter((one) => /comment|edit/.test(one))).toEqual([]);
    await tell(done());
    expect(short(sections(at))).toEqual(['release cart@prod open', 'release shop@prod rests']);
    expect(bodies(at)).toHaveLength(1);
    expect(bodies(at)[0]).toContain('**The release has ended**: it is delivered.');
  });

  it('has the line to copy of what waits', async () => {
    const { at, tell } = reporting();
    await tell(waiting());
    expect(bodies(at)[0]?.split('\n')).toContain('/stepgate promote shop@prod 0123456789-abcdef01 smoke');
  });

  it.each([
    ['of a stranger', undefined],
    ['of a deleted account', null],
  ])('believes no marker %s', async (_, author) => {
    const { at, tell } = reporting();
    const planted = at.say(12, textOf(done({ message: 'approve this' })), author);
    await tell(waiting());
    expect(bodies(at)).toHaveLength(2);
    expect(bodies(at)[0]).toBe(planted.body);
    expect(sections(at).at(-1)?.state).toBe('open');
  });

  it('leaves alone another comment of the same account', async () => {
    const { at, tell } = reporting();
    const other = at.say(12, `the coverage is 80%\n${COMMENT_MARKER}`, ours);
    await tell(waiting());
    expect(bodies(at)[0]).toBe(other.body);
    expect(bodies(at)).toHaveLength(2);
  });

  it('is written again where a person deleted it', async () => {
    const { at, tell } = reporting();
    await tell(waiting());
    at.comments.clear();
    await tell(waiting());
    expect(short(sections(at))).toEqual(['release shop@prod open']);
  });

  it('keeps what other runs wrote, and restores a section that one of them lost', async () => {
    const { at, tell } = reporting();
    await tell(waiting({ name: 'cart@prod' }));
    // Another run read the same text, and writes between our write and our second look.
    let raced = 0;
    const stale = bodies(at)[0] ?? '';
    at.meanwhile = (request) => {
      if (!/^comments/.test(request) || raced >= 2) return;
      raced += 1;
      if (raced === 2)
        at.comments.set(
          12,
          (at.comments.get(12) ?? []).map((one) => ({ ...one, body: stale })),
        );
    };
    const { warnings } = await tell(waiting());
    expect(short(sections(at))).toEqual(['release cart@prod open', 'release shop@prod open']);
    expect([raced, warnings]).toEqual([2, []]);
  });

  it('gives up after two repairs, and says so', async () => {
    const { at, tell } = reporting();
    await tell(waiting({ name: 'cart@prod' }));
    const stale = bodies(at)[0] ?? '';
    at.meanwhile = (request) => {
      if (/^comments/.test(request))
        at.comments.set(
          12,
          (at.comments.get(12) ?? []).map((one) => ({ ...one, body: stale })),
        );
    };
    const { warnings, written } = await tell(waiting());
    expect(written.filter((one) => one.startsWith('edit'))).toHaveLength(3);
    expect(warnings).toEqual([
      'the comment of the pull request is not up to date: other runs change the comment at the same time',
    ]);
    at.meanwhile = () => {};
    await tell(waiting());
    expect(short(sections(at))).toEqual(['release cart@prod open', 'release shop@prod open']);
  });

  it('is one where two runs wrote the first comment at once', async () => {
    const { at, tell } = reporting();
    at.say(12, textOf(waiting({ name: 'cart@prod' })), ours);
    at.say(12, textOf(waiting({ name: 'pay@prod' })), ours);
    await tell(waiting());
    expect(short(sections(at))).toEqual(['release cart@prod open', 'release pay@prod open', 'release shop@prod open']);
    expect(bodies(at).filter((body) => body.startsWith(COMMENT_MARKER))).toHaveLength(1);
    expect((await tell(waiting())).written.filter((one) => one.startsWith('edit'))).toEqual([]);
  });

  it('stays below the limit of the forge', async () => {
    const { at, tell } = reporting();
    const many = Array.from({ length: 60 }, (_, index) =>
      waiting({ name: `shop-${index}@prod`, message: 'x'.repeat(3_000) }),
    );
    await tell(...many);
    expect(bodies(at)[0]?.length).toBeLessThanOrEqual(60_000);
    expect((await tell(...many)).written.filter((one) => one.startsWith('edit'))).toEqual([]);
  });

  it('of an older pull request is ended by the release that goes out in its place, and none is begun there', async () => {
    const { at, tell } = reporting();
    const newer = { id: '1111111111-abcdef01', commit: '1'.repeat(40) };
    const older = [
      { number: 13, url: 'https://github.com/acme/shop/pull/13' },
      ...pulls,
      { number: 11, url: 'https://github.com/acme/shop/pull/11' },
    ];
    await tell(waiting());
    await tell(rolling({ release: newer, pullRequests: older, changed: true }));
    expect([short(sections(at)), short(sections(at, 13)), bodies(at, 11)]).toEqual([
      ['release shop@prod rests'],
      ['release shop@prod open'],
      [],
    ]);
    expect(bodies(at)[0]).toContain(
      'What it changed goes out with `1111111111-abcdef01`, which [pull request 13](https://github.com/acme/shop/pull/13) tells about.',
    );
  });

  it('of older pull requests that a run has no requests left for is ended by later runs, and the log says so', async () => {
    const { at, tell } = reporting();
    const names = ['shop@prod', 'cart@prod', 'mail@prod'];
    const pull = (number: number) => ({ number, url: `https://github.com/acme/shop/pull/${number}` });
    const older = (index: number) => [1, 2, 3].map((one) => pull(10 * (index + 1) + one));
    for (const one of [0, 1, 2])
      await tell(
        ...names.map((name, index) =>
          waiting({
            name,
            release: { ...release, id: `0123456789-0000000${one}` },
            pullRequests: [older(index)[one] ?? pull(1)],
          }),
        ),
      );
    const told = (changed: boolean) =>
      names.map((name, index) => rolling({ name, changed, pullRequests: [pull(100 + index), ...older(index)] }));
    const states = () =>
      names.flatMap((_, index) => older(index).flatMap(({ number }) => sections(at, number))).map(({ state }) => state);
    const first = await tell(...told(true));
    expect(first.leftOut).toContainEqual(expect.stringMatching(/^left out: the comments of older pull requests of /u));
    expect(states()).toContain('open');
    for (let run = 0; run < 6; run += 1) await tell(...told(false));
    expect(states()).toEqual(Array.from({ length: 9 }, () => 'rests'));
    expect((await tell(...told(false))).leftOut).toEqual([]);
  });

  it('is not taken back by a run that followed an older release', async () => {
    const { at, tell } = reporting();
    const newer = { id: '1111111111-abcdef01', commit: '1'.repeat(40) };
    await tell(waiting({ release: newer }));
    const before = bodies(at);
    await tell(waiting({ state: 'superseded', reason: 'SUPERSEDED', approval: null }));
    expect(bodies(at)).toEqual(before);
    await tell(waiting({ state: 'superseded', reason: 'SUPERSEDED', approval: null, release: newer }));
    expect(short(sections(at))).toEqual(['release shop@prod rests']);
  });

  test.each<[string, Partial<DeliveryReport>]>([
    ['a direct push', { pullRequests: [] }],
    ['a delivery without a release', { release: null }],
  ])('is not there for %s', async (_, more) => {
    const { at, tell } = reporting();
    await tell(waiting(more));
    expect(at.comments.size).toBe(0);
  });
});

describe('the comment of a plan', () => {
  const head = 'abcdefabcdefabcdefabcdefabcdefabcdefabcd';
  const tells = { is: 'plan', pullRequest: 12, head } as const;
  const opened = () => {
    const made = reporting();
    made.at.pulls.set(12, pullRequest(12, head));
    return made;
  };

  it.each<[string, Partial<DeliveryReport>, string[]]>([
    ['whose files it changes', { touched: true }, ['plan shop@prod open']],
    ['whose files it does not change', { touched: false }, []],
    ['of which Git can not tell, and a deploy would write', { touched: null }, ['plan shop@prod open']],
    ['of which Git can not tell, and a deploy would write nothing', { touched: null, changes: [] }, []],
  ])('has a delivery %s', async (_, more, expected) => {
    const { at, tellWith } = opened();
    await tellWith({ tells }, { ...plan, ...more });
    expect(short(sections(at))).toEqual(expected);
  });

  it('loses a delivery that the pull request no longer touches, and keeps a release', async () => {
    const { at, tell, tellWith } = opened();
    await tellWith({ tells }, { ...plan, touched: true }, { ...plan, name: 'cart@prod', touched: true });
    await tell(waiting({ name: 'cart@prod' }));
    await tellWith({ tells }, { ...plan, touched: false }, { ...plan, name: 'cart@prod', touched: true });
    expect(short(sections(at))).toEqual(['release cart@prod open']);
    at.comments.clear();
    await tellWith({ tells }, { ...plan, touched: true });
    await tellWith({ tells }, { ...plan, touched: false });
    expect(bodies(at)).toEqual([`${COMMENT_MARKER}\n\nThis pull request changes no delivery.\n`]);
  });

  it.each([
    ['is not open', { state: 'merged' as const }, 'pull request 12 is not open'],
    [
      'has another head by now',
      { head: { branch: 'feature', commit: 'f'.repeat(40), isOwn: true } },
      'pull request 12 has a newer commit than the one that was planned',
    ],
  ])('is left out where the pull request %s', async (_, more, why) => {
    const { at, tellWith } = opened();
    at.pulls.set(12, { ...pullRequest(12, head), ...more });
    const { leftOut, written } = await tellWith({ tells }, { ...plan, touched: true });
    expect([leftOut, written]).toEqual([[`left out: the comment: ${why}`], []]);
  });

  it('makes no check, no deployment and no message', async () => {
    const { at, tellWith } = opened();
    const { messages } = await tellWith({ tells }, { ...plan, state: 'stuck', release, touched: true });
    expect([at.checks, at.deployments, messages]).toEqual([[], [], []]);
  });
});

test('a command that only reads tells nobody anything', async () => {
  const { tellWith } = reporting();
  expect(await tellWith({ tells: null }, waiting({ changed: true }))).toMatchObject({
    asked: [],
    messages: [],
    leftOut: [],
  });
});

test('a token without the permission leaves the comment out, without a warning', async () => {
  const { at, tell } = reporting();
  at.denied.add('pull-requests: write');
  const { warnings, leftOut } = await tell(waiting());
  expect(warnings).toEqual([]);
  expect(leftOut).toEqual([
    'left out: the comment of the pull request is not up to date: the token may not: comment 12',
  ]);
  expect([at.checks.length, at.deployments.length]).toEqual([1, 1]);
});
