import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Lays the files that a program serves beside it. `<project>/assets.json` lists them by the folder that they go to; a
 * project without one has none.
 * @param {string} project the app's folder
 */
export function copyAssets(project) {
  const list = join(project, 'assets.json');
  if (!existsSync(list)) return;
  for (const [folder, files] of Object.entries(JSON.parse(readFileSync(list, 'utf8')))) {
    const target = join('dist', project, folder);
    mkdirSync(target, { recursive: true });
    for (const file of files) copyFileSync(file, join(target, basename(file)));
  }
}
