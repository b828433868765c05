import type { Checkup } from '../../../release/checkup.ts';
import { engine } from './engine.ts';
import { leftOver } from './left-over.ts';

export const checkup: Checkup = {
  installations: [engine],
  leftOver,
};
