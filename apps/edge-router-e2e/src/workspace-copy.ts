import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { workspaceDir } from '@gateway/testing';

/** A copy of the workspace's sources, in which generators may write. */
export interface WorkspaceCopy {
  readonly folder: string;
  /** Runs a program of the workspace there. @throws Error with its output when it fails */
  run(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  remove(): void;
}

/** Copies what is under version control, or would be; the packages are shared. */
export function copyWorkspace(): WorkspaceCopy {
  const root = workspaceDir();
  const folder = mkdtempSync(join(tmpdir(), 'gateway-workspace-'));
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const file of listed.toString().split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file), { dereference: false });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const programs = join(root, 'node_modules', '.bin');
  return {
    folder,
    async run(command, args, env = {}) {
      const PATH = `${programs}:${process.env['PATH']}`;
      // Options of the Node that runs this test aren't meant for others, nor is the folder that npm was called in.
      const surroundings = { ...process.env, PATH, NODE_OPTIONS: '', INIT_CWD: folder, ...env };
      try {
        const { stdout } = await promisify(execFile)(command, args, { cwd: folder, env: surroundings });
        return stdout;
      } catch (error) {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        throw new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`, { cause: error });
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
