import { createRequire } from 'node:module';

/** Where the package of a platform's binary is named otherwise than Node names the platform. */
const NAMES: Readonly<Record<string, string>> = { 'linux-arm64': 'linux-aarch64', 'linux-arm': 'linux-armv7' };

/**
 * How `buf` is run: the program and its first arguments. Its package has a launcher that finds the binary of the platform;
 * the binary itself starts a tenth of a second sooner.
 */
export function bufProgram(platform = `${process.platform}-${process.arch}`): readonly [string, ...string[]] {
  const launcher = createRequire(import.meta.url).resolve('@bufbuild/buf/bin/buf');
  try {
    return [createRequire(launcher).resolve(`@bufbuild/buf-${NAMES[platform] ?? platform}/bin/buf`)];
  } catch {
    return [process.execPath, launcher];
  }
}
