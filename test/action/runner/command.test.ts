import { expect, test } from 'vitest';
import { type Command, commandIn } from './command.ts';

const command = (name: string, data = '', properties: Record<string, string> = {}): Command => ({
  name,
  properties,
  data,
});

// The rules are Runner.Common/ActionCommand's; the rows are ours.
test.each<[string, Command | null]>([
  ['::notice::hello', command('notice', 'hello')],
  ['::NOTICE::hello', command('notice', 'hello')],
  ['\u00a0\t ::notice::hello', command('notice', 'hello')],
  ['x ::notice::hello', null],
  ['::unheard-of::hello', null],
  ['::internal-set-repo-path::x', null],
  ['::notice:hello', null],
  ['::notice::', command('notice')],
  ['::notice::a::b', command('notice', 'a::b')],
  ['::notice ::hello', command('notice', 'hello')],
  [':: notice::hello', null],
  [
    '::error file=a.yaml,line=3,endLine=4,col=1::m',
    command('error', 'm', { file: 'a.yaml', line: '3', endline: '4', col: '1' }),
  ],
  ['::error  title=a b ,line=3::m', command('error', 'm', { title: 'a b ', line: '3' })],
  ['::error title=,line=3,=x,y::m', command('error', 'm', { line: '3' })],
  ['::error title=a=b=::m', command('error', 'm', { title: 'a=b=' })],
  ['::error title=%0D%0A%3A%2C%25::%0D%0A%3A%2C%25', command('error', '\r\n%3A%2C%', { title: '\r\n:,%' })],
  ['::error title=%253A::%250A', command('error', '%0A', { title: '%3A' })],
  ['::error::%0a', command('error', '%0a')],
  ['##[error]hello', command('error', 'hello')],
  ['before ##[Error title=a;line=1]hello', command('error', 'hello', { title: 'a', line: '1' })],
  ['##[error title=%3B%5D]%3B%5D%25', command('error', ';]%', { title: ';]' })],
  ['##[error', null],
  ['##[unheard-of]##[error]x', null],
  ['##[ error]x', null],
  // The newer form is tried first, and the older one where that finds nothing.
  ['::error::##[notice]x', command('error', '##[notice]x')],
  ['::unheard-of::##[notice]x', command('notice', 'x')],
  // What has no shape is not there for the runner's comparisons.
  ['\u200b::error::x', command('error', 'x')],
  ['#\u00ad#[error]x', command('error', 'x')],
  ['', null],
])('%j', (line, found) => expect(commandIn(line)).toEqual(found));

test('a name that was registered is a command, and only then', () => {
  expect(commandIn('::Token-1::')).toBeNull();
  expect(commandIn('::Token-1::', new Set(['token-1']))).toEqual(command('token-1'));
});
