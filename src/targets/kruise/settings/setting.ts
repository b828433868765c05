import type { Reader } from '../../../config/check.ts';
import type { Key } from '../../../config/shapes.ts';
import type { Path } from '../../../config/yaml.ts';
import type { SettingKind, Settings, Style } from '../../../release/delivery.ts';
import type { Json } from '../../../release/json.ts';

/** A part of a plan beside its steps, in its own file: in the config and in the Rollout. Pure. */
export interface Setting<K extends SettingKind = SettingKind> {
  /** How it is written, under its name as a key of the plan. */
  readonly key: Key;
  /** Null where the config says nothing else than the default. What check() found wrong is filled with blanks, or left out. */
  read(found: Json | undefined, where: { readonly reader: Reader; readonly path: Path }): Settings[K] | null;
  /** The value in the resolved config, and in the digest of a plan. */
  print(value: Settings[K]): Json;
  /** Where the Rollout has it: in its strategy, or among its annotations. */
  readonly place: 'strategy' | 'annotations';
  /** The field or the annotation there. */
  readonly field: string;
  /** The value of that field. */
  render(value: Settings[K]): Json;
  /** The value that a Rollout has in that field; null for none. */
  readBack(field: Json | undefined): Settings[K] | null;
  /** Why the engine does not do it for a delivery; null where it does. */
  refusedFor(value: Settings[K], about: SettingFor): Refused | null;
}

/** What a setting may depend on. */
export interface SettingFor {
  readonly style: Style;
  /** The kind of the workload, as the config names it; null where only the plan is read. */
  readonly kind: string | null;
  /** Whether the delivery's routes split requests. */
  readonly splits: boolean;
}

export interface Refused {
  readonly says: string;
  readonly hint: string;
}
