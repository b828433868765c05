import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CommandName, commands, isCommand } from '../../src/commands/index.ts';
import { formatOf, type Given, readInput } from '../../src/commands/input.ts';
import { type OptionName, optionNames, options } from '../../src/commands/options.ts';

const names: readonly CommandName[] = Object.keys(commands).filter((name) => isCommand(name));
const optionsOf = (name: CommandName): readonly OptionName[] => commands[name].options;
const keysOf = (input: object) => Object.keys(input).sort();

/** A text that the reader of an option refuses, for each reader that refuses any. */
const wrong: Given = {
  kubeconfig: ['a: b\nc: d'],
  timeout: ['soon'],
  until: ['dusk'],
  method: ['magic'],
  force: ['maybe'],
  undo: ['maybe'],
  also: ['maybe'],
  'dry-run': ['maybe'],
  offline: ['maybe'],
  watch: ['maybe'],
  start: ['2026-02-30T08:00Z'],
  every: ['59s'],
  'answer-after': ['soon'],
  'ready-after': ['soon'],
  picture: ['oil'],
  output: ['yaml'],
  json: ['maybe'],
  'detailed-exit-code': ['maybe'],
};

describe('an input', () => {
  test.for(names)('of %s has the options of that command, and no other', (name) => {
    expect(keysOf(readInput(name, {}))).toEqual([...optionsOf(name)].sort());
    expect(new Set(optionsOf(name)).size).toBe(optionsOf(name).length);
  });

  test('is the same whatever is given for an option that the command does not take', () => {
    const texts = fc.array(fc.oneof(fc.string(), fc.constantFrom('true', '5m', 'done', 'json')), { maxLength: 3 });
    const others = fc.constantFrom(...names).chain((name) => {
      const untaken = optionNames.filter((option) => !optionsOf(name).includes(option));
      return fc.record({
        name: fc.constant(name),
        given: fc.dictionary(fc.constantFrom(...untaken), texts).map((more): Given => ({ ...more })),
      });
    });
    fc.assert(
      fc.property(others, ({ name, given }) => {
        expect(readInput(name, given)).toEqual(readInput(name, {}));
      }),
    );
  });

  test.for(names)('of %s refuses a wrong text of each option that it takes', (name) => {
    for (const option of optionNames) {
      const given = wrong[option];
      if (given === undefined) continue;
      const read = () => readInput(name, { [option]: given });
      if (optionsOf(name).includes(option)) expect(read, option).toThrow(expect.objectContaining({ code: 'USAGE' }));
      else expect(read, option).not.toThrow();
    }
  });

  test('has its default where nothing is given', () => {
    const { timeout, until, delivery, live } = readInput('deploy', {});
    expect({ timeout, until, delivery, live }).toEqual({ timeout: 1800, until: 'wait', delivery: [], live: null });
    for (const option of optionNames) {
      const { read, default: standard } = options[option];
      expect(read([], option), option).toEqual(read([standard], option));
    }
  });

  test('has every entry of a list, and the last of several values', () => {
    const given = { delivery: ['one\n two ', 'three', ''], reason: ['first', 'last'] };
    expect(readInput('rollback', given)).toMatchObject({ delivery: ['one', 'two', 'three'], reason: 'last' });
  });

  test.for([
    [{}, 'text'],
    [{ output: ['markdown'] }, 'markdown'],
    [{ json: ['true'] }, 'json'],
    [{ json: ['true'], output: ['markdown'] }, 'json'],
  ] as const)('prints %o as %s', ([given, wanted]) => {
    expect(formatOf(readInput('status', given))).toBe(wanted);
  });
});
