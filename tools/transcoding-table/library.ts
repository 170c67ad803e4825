import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CompiledContract, compileContract } from '@gateway/contracts';
import { workspaceDir } from '@gateway/testing';
import { Problem } from '../command/problem';

/**
 * The contract of the cases, compiled as any contract is.
 * @throws Problem with buf's output
 */
export function libraryContract(): CompiledContract {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-library-'));
  try {
    cpSync(join(workspaceDir(), 'protos'), folder, { recursive: true });
    const own = join(folder, 'library', 'v1');
    mkdirSync(own, { recursive: true });
    cpSync(join(workspaceDir(), 'tools/transcoding-table/library.proto'), join(own, 'library.proto'));
    const args = ['build', folder, '--path', own, '--as-file-descriptor-set', '-o', '-#format=binpb'];
    const { status, stdout, stderr } = spawnSync('node_modules/.bin/buf', args, {
      cwd: workspaceDir(),
      maxBuffer: 1 << 24,
    });
    if (status !== 0) throw new Problem(`${stderr.toString().trim()}\nbuf build of library.proto failed`);
    return compileContract(stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
