import type { Reader } from '../../../config/check.ts';
import type { Key } from '../../../config/shapes.ts';
import type { Path } from '../../../config/yaml.ts';
import type { SettingKind, Settings, Style } from '../../../release/delivery.ts';
import type { Json } from '../../../release/json.ts';

/** A part of a plan beside its steps, in the config and in the Rollout. Each has its own file. Pure. */
export interface Setting<K extends SettingKind = SettingKind> {
  /** The setting's key of the plan in the config. */
  readonly key: Key;
  /** Null when the config has only the default. Parts that check() has refused become blank or are left out. */
  read(found: Json | undefined, where: { readonly reader: Reader; readonly path: Path }): Settings[K] | null;
  /** The value in the resolved config, and in the digest of a plan. */
  print(value: Settings[K]): Json;
  /** Where the setting is in the Rollout: in its strategy, or among its annotations. */
  readonly place: 'strategy' | 'annotations';
  /** The name of the field or annotation there. */
  readonly field: string;
  /** The value of that field. */
  render(value: Settings[K]): Json;
  /** Reads the value from that field of a Rollout; null when there is none. */
  readBack(field: Json | undefined): Settings[K] | null;
  /** Why the engine does not support the setting for a delivery; null when it does. */
  refusedFor(value: Settings[K], about: SettingFor): Refused | null;
}

/** The facts on which the support of a setting depends. */
export interface SettingFor {
  readonly style: Style;
  /** The kind of the workload by its name in the config; null when only the plan is read. */
  readonly kind: string | null;
  /** Whether the delivery's routes split requests. */
  readonly splits: boolean;
}

export interface Refused {
  readonly says: string;
  readonly hint: string;
}
