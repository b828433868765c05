import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

/**
 * Loaded into a process (`node --import`), it makes that process run on a machine with another clock: the clock showed
 * MACHINE_CLOCK when this machine's showed MACHINE_CLOCK_AT, and goes MACHINE_CLOCK_SPEED times as fast. Milliseconds since 1970.
 * performance.now() goes as fast, and pauses by node:timers/promises are as much shorter. Other timers, which end what hangs, are not.
 */
const { MACHINE_CLOCK, MACHINE_CLOCK_AT, MACHINE_CLOCK_SPEED } = process.env;
const [shown, at, speed] = [Number(MACHINE_CLOCK), Number(MACHINE_CLOCK_AT), Number(MACHINE_CLOCK_SPEED)];
const real = Date.now;
const now = () => Math.floor(shown + (real() - at) * speed);

globalThis.Date = new Proxy(Date, {
  construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made),
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
});

const elapsed = performance.now.bind(performance);
performance.now = () => elapsed() * speed;

const { setTimeout } = timers;
timers.setTimeout = (delay, ...rest) => setTimeout(delay === undefined ? delay : delay / speed, ...rest);
syncBuiltinESMExports();
