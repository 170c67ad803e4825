/** Modules that are nothing at run time: coverage would count their lines as never run. */
import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';

/**
 * The modules of some folders that hold types alone.
 * @param {readonly string[]} folders from the workspace's root
 * @param {string} root the workspace's folder
 * @returns {string[]} paths from the root
 */
export const modulesWithoutCode = (folders, root) =>
  folders
    .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root }))
    .filter((file) => isWithoutCode(readFileSync(`${root}/${file}`, 'utf8')));

/** Whether nothing but comments and white space is left of a module without its types. */
export function isWithoutCode(source) {
  try {
    return (
      stripTypeScriptTypes(source)
        .replace(/\/\*[^]*?\*\/|\/\/.*/g, '')
        .trim() === ''
    );
  } catch {
    // Syntax that isn't types alone, such as parameter properties, is code.
    return false;
  }
}
