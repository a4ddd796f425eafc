import type { BuilderFacts } from '../plan/builder-facts.ts';

/** What `polyarch doctor` found. Plain JSON. */
export interface DoctorReport {
  readonly version: 1;
  readonly kind: 'polyarch/doctor';
  /** Of Node. */
  readonly node: string;
  /** Of the docker program; absent where there is none. */
  readonly docker?: string;
  /** Of the plugin; absent where there is none. */
  readonly buildx?: string;
  /** What of the project needs BuildKit; absent where nothing does. */
  readonly need?: string;
  readonly contexts: readonly DoctorContext[];
  /** Those of the config, then those that buildx knows beside them. */
  readonly builders: readonly DoctorBuilder[];
  /** Of the kernel of this machine. */
  readonly emulators: readonly DoctorEmulator[];
  readonly repositories: readonly DoctorRepository[];
  readonly complaints: readonly Complaint[];
}

export interface DoctorContext {
  readonly name: string;
  readonly endpoint: string;
  readonly isCurrent: boolean;
}

export interface DoctorBuilder extends BuilderFacts {
  /** A run of this project would use it. */
  readonly isUsed: boolean;
}

export interface DoctorEmulator {
  readonly name: string;
  readonly architecture: string;
  readonly isEnabled: boolean;
  /** Found inside containers: registered with the flag F. */
  readonly isFixed: boolean;
}

export interface DoctorRepository {
  readonly repository: string;
  /** Where a login was found; absent where there is none. */
  readonly login?: string;
}

/** Something that is not as it should be. */
export interface Complaint {
  /** `error`: the project cannot be built as it is. `warning`: it can. */
  readonly level: 'error' | 'warning';
  readonly message: string;
  readonly hint: string;
  /** Of the fault behind it. */
  readonly code?: string;
}
