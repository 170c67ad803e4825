import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceDir } from '@gateway/testing';
import { Problem } from '../command/problem';

/** Everything that the development platform keeps on this machine: `.dev`. */
export class DevFolder {
  readonly path = join(workspaceDir(), '.dev');
  readonly caFile = this.below('ca.pem');
  readonly logs = this.below('log');
  readonly pids = this.below('run');
  readonly environments = this.below('env');

  /** Makes it. @throws Problem when it can't be written */
  prepare(): void {
    try {
      for (const folder of [this.path, this.logs, this.pids, this.environments]) mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw new Problem(`can't write to ${this.path} (${(error as NodeJS.ErrnoException).code})`);
    }
  }

  below(...path: string[]): string {
    return join(this.path, ...path);
  }

  logFile(name: string): string {
    return join(this.logs, `${name}.log`);
  }
}
