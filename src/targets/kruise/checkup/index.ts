import type { Checkup } from '../../../release/checkup.ts';
import { engine } from './engine.ts';
import { leftObjects } from './left-objects.ts';
import { leftOver } from './left-over.ts';

export const checkup: Checkup = {
  installations: [engine],
  leftOver,
  leftObjects,
};
