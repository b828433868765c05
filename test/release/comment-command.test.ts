import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CommentCommand, formatCommand, readCommand } from '../../src/release/comment-command.ts';

const id = '0123456789-abcdef01';

describe('a comment is read as', () => {
  test.each<readonly [string, CommentCommand]>([
    [`/stepgate promote shop@prod ${id} smoke`, { is: 'promote', delivery: 'shop@prod', release: id, step: 'smoke' }],
    [`/stepgate promote shop ${id}-2 3`, { is: 'promote', delivery: 'shop', release: `${id}-2`, step: '3' }],
    [`/stepgate  promote\tshop ${id}  end \r\nThanks!`, { is: 'promote', delivery: 'shop', release: id, step: 'end' }],
    ['/stepgate hold shop', { is: 'hold', delivery: 'shop', release: null, reason: '' }],
    ['/stepgate hold shop slow since noon', { is: 'hold', delivery: 'shop', release: null, reason: 'slow since noon' }],
    [`/stepgate hold shop ${id} slow`, { is: 'hold', delivery: 'shop', release: id, reason: 'slow' }],
    ['/stepgate hold shop live traffic', { is: 'hold', delivery: 'shop', release: null, reason: 'live traffic' }],
    ['/stepgate hold shop 2026-11-30 sale', { is: 'hold', delivery: 'shop', release: null, reason: '2026-11-30 sale' }],
    ['/stepgate resume shop', { is: 'resume', delivery: 'shop', release: null }],
    [`/stepgate resume shop ${id}`, { is: 'resume', delivery: 'shop', release: id }],
    [`/stepgate rollback shop ${id}`, { is: 'rollback', delivery: 'shop', release: id, reason: '' }],
    [`/stepgate rollback shop ${id} 5xx up`, { is: 'rollback', delivery: 'shop', release: id, reason: '5xx up' }],
    ['/stepgate status', { is: 'status', delivery: null }],
    ['/stepgate status shop@prod', { is: 'status', delivery: 'shop@prod' }],
    ['/stepgate help', { is: 'help' }],
  ])('%j', (body, command) => {
    expect(readCommand(body)).toEqual(command);
  });
});

describe('a comment that is close to a command names the line that was meant', () => {
  test.each([
    // A wrong verb.
    [`/stepgate promot shop ${id} 2`, `/stepgate promote shop ${id} 2`],
    [`/stepgate approve shop ${id} 2`, `/stepgate promote shop ${id} 2`],
    [`/stepgate roll-back shop ${id}`, `/stepgate rollback shop ${id}`],
    ['/stepgate hodl shop', '/stepgate hold shop'],
    ['/stepgate stats', '/stepgate status'],
    ['/stepgate hlep', '/stepgate help'],
    ['/stepgate', '/stepgate help'],
    ['/stepgate is great', '/stepgate help'],
    // A wrong case, or a mistyped prefix.
    [`/Stepgate promote shop ${id} 2`, `/stepgate promote shop ${id} 2`],
    [`/stepgat promote shop ${id} 2`, `/stepgate promote shop ${id} 2`],
    [`/stepgate PROMOTE Shop ${id.toUpperCase()} 2`, `/stepgate promote shop ${id} 2`],
    // Missing parts, and parts in another order.
    ['/stepgate promote', '/stepgate promote DELIVERY RELEASE STEP'],
    ['/stepgate promote shop', '/stepgate promote shop RELEASE STEP'],
    ['/stepgate promote shop 2', '/stepgate promote shop RELEASE 2'],
    [`/stepgate promote shop ${id}`, `/stepgate promote shop ${id} STEP`],
    [`/stepgate promote ${id} 2`, `/stepgate promote DELIVERY ${id} 2`],
    [`/stepgate promote ${id} shop 2`, `/stepgate promote shop ${id} 2`],
    ['/stepgate promote shop live 2', '/stepgate promote shop RELEASE 2'],
    ['/stepgate rollback shop', '/stepgate rollback shop RELEASE'],
    ['/stepgate rollback shop live', '/stepgate rollback shop RELEASE'],
    ['/stepgate rollback shop slow', '/stepgate rollback shop RELEASE'],
    ['/stepgate hold', '/stepgate hold DELIVERY'],
    [`/stepgate hold ${id} slow`, `/stepgate hold DELIVERY ${id}`],
    // A mistyped release never becomes the reason for a hold of everything.
    ['/stepgate hold shop 0123456789-abcdef0 slow', '/stepgate hold shop RELEASE'],
    [`/stepgate hold shop ${id.toUpperCase()}`, `/stepgate hold shop ${id}`],
    ['/stepgate hold shop f8444d078e slow', '/stepgate hold shop RELEASE'],
    ['/stepgate hold shop live', '/stepgate hold shop RELEASE'],
    // Too many parts: what more was meant is not known.
    [`/stepgate promote shop ${id} 2 please`, `/stepgate promote shop ${id} 2`],
    [`/stepgate resume shop ${id} thanks`, `/stepgate resume shop ${id}`],
    ['/stepgate status shop pay', '/stepgate status shop'],
    ['/stepgate help me', '/stepgate help'],
    // What looks like the name and is another.
    [`/stepgate promote sh\u043ep ${id} 2`, `/stepgate promote DELIVERY ${id} 2`],
    [`/stepgate promote shop\u200b ${id} 2`, `/stepgate promote DELIVERY ${id} 2`],
    [`/stepgate promote shop@prod@eu ${id} 2`, `/stepgate promote DELIVERY ${id} 2`],
    [`/stepgate promote shop ${id}-1 2`, '/stepgate promote shop RELEASE 2'],
  ])('%j', (body, meant) => {
    expect(readCommand(body)).toEqual({ is: 'unclear', meant });
  });
});

describe('a comment is not for stepgate', () => {
  const line = `/stepgate promote shop ${id} 2`;
  test.each([
    '',
    'Looks good to me',
    'stepgate promote is slow today',
    ` ${line}`,
    `    ${line}`,
    `\t${line}`,
    `> ${line}`,
    `>${line}`,
    `- ${line}`,
    `\`${line}\``,
    `\`\`\`\n${line}\n\`\`\``,
    `~~~\n${line}\n~~~`,
    `\n${line}`,
    `Please:\n${line}`,
    `<!-- -->${line}`,
    `\ufeff${line}`,
    `\u200b${line}`,
    `\u00a0${line}`,
    '/deploy shop',
    '/stepgatepromote shop',
  ])('%j', (body) => {
    expect(readCommand(body)).toBeNull();
  });
});

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,12}[a-z0-9])?$/);
const name = fc.oneof(
  label,
  fc.tuple(label, label).map((parts) => parts.join('@')),
);
const release = fc.stringMatching(/^[0-9a-f]{10}-[0-9a-f]{8}(-[2-9])?$/);
const reason = fc
  .array(fc.oneof(fc.constantFrom('5xx', 'slow', '@ada', '#7', '*x*'), fc.string({ unit: 'binary' })), { maxLength: 6 })
  .map((words) =>
    ['why', ...words]
      .join(' ')
      .split(/[ \t\r\n]+/)
      .join(' ')
      .toWellFormed()
      .trimEnd(),
  );
const command: fc.Arbitrary<CommentCommand> = fc.oneof(
  fc.record({
    is: fc.constant('promote' as const),
    delivery: name,
    release,
    step: fc.oneof(label, fc.nat(99).map(String)),
  }),
  fc.record({
    is: fc.constant('hold' as const),
    delivery: name,
    release: fc.option(release),
    reason: fc.oneof(fc.constant(''), reason),
  }),
  fc.record({ is: fc.constant('resume' as const), delivery: name, release: fc.option(release) }),
  fc.record({
    is: fc.constant('rollback' as const),
    delivery: name,
    release,
    reason: fc.oneof(fc.constant(''), reason),
  }),
  fc.record({ is: fc.constant('status' as const), delivery: fc.option(name) }),
  fc.constant({ is: 'help' as const }),
);

/** Text that is near a command more often than not. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('/stepgate', 'promote', 'hold', 'rollback', 'resume', 'status', 'help', 'shop', 'shop@prod', id),
      fc.constantFrom(' ', ' ', '\t', '\n', '\r', '`', '>', '-', '\u00a0', '\u2028', '\u202e', '__proto__', 'live'),
      fc.string({ unit: 'binary' }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('for every text', () => {
  test('what is printed is read as the same command', () => {
    fc.assert(
      fc.property(command, (one) => {
        expect(readCommand(formatCommand(one))).toEqual(one);
      }),
    );
  });

  test('reading ends with null, a command that prints and reads the same, or a line in plain ASCII', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          hostile,
          hostile.map((text) => `/stepgate ${text}`),
        ),
        (body) => {
          const found = readCommand(body);
          if (found === null) return;
          if (found.is === 'unclear') expect(found.meant).toMatch(/^\/stepgate [a-zA-Z0-9@ -]{1,270}$/);
          else expect(readCommand(formatCommand(found))).toEqual(found);
        },
      ),
    );
  });

  test('a line that is indented, quoted, fenced or not the first one is no command', () => {
    const before = fc.oneof(
      fc.constantFrom(
        ' ',
        '    ',
        '\t',
        '> ',
        '>',
        '- ',
        '`',
        '```\n',
        '~~~\n',
        '```sh\n',
        '\n',
        '\r\n',
        'Please do: ',
      ),
      fc.string({ unit: 'binary', minLength: 1 }).map((text) => `x${text}`),
    );
    fc.assert(
      fc.property(before, command, (text, one) => {
        expect(readCommand(`${text}${formatCommand(one)}`)).toBeNull();
      }),
    );
  });

  test('what follows the first line changes nothing', () => {
    fc.assert(
      fc.property(command, fc.string({ unit: 'binary' }), fc.constantFrom('\n', '\r\n', '\r'), (one, more, end) => {
        expect(readCommand(`${formatCommand(one)}${end}${more}`)).toEqual(one);
      }),
    );
  });

  test('a reason of a megabyte is cut, and a word of a megabyte is no command', () => {
    const long = 'x'.repeat(2 ** 20);
    expect(readCommand(`/stepgate hold shop ${long}`)).toEqual({
      is: 'hold',
      delivery: 'shop',
      release: null,
      reason: 'x'.repeat(500),
    });
    expect(readCommand(`/stepgate ${long}`)).toEqual({ is: 'unclear', meant: '/stepgate help' });
    expect(readCommand(`/stepgate promote ${long} ${id} 2`)).toEqual({
      is: 'unclear',
      meant: `/stepgate promote DELIVERY ${id} 2`,
    });
    expect(readCommand(long)).toBeNull();
    expect(readCommand(`/stepgate promote${' '.repeat(2 ** 20)}shop ${id} 2`)).toMatchObject({ is: 'promote' });
  });
});
