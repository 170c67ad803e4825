// Changes to files that are there. Each says what it looked for when it isn't there: nothing is guessed.

/**
 * @param {import('@nx/devkit').Tree} tree
 * @throws {Error} when there is no such file
 */
export function readText(tree, file) {
  const text = tree.read(file, 'utf8');
  if (text === null) throw new Error(`${file} is not there`);
  return text;
}

/** Puts text behind the first match. */
export function insertAfter(tree, file, pattern, text) {
  const before = readText(tree, file);
  const match = pattern.exec(before);
  if (match === null) throw new Error(`${file} has nothing like ${pattern}: add to it by hand\n${text.trim()}`);
  const at = match.index + match[0].length;
  tree.write(file, before.slice(0, at) + text + before.slice(at));
}

/** Puts text before the brace that closes the block which begins with the match. */
export function insertAtEndOfBlock(tree, file, pattern, text) {
  const before = readText(tree, file);
  const start = pattern.exec(before);
  const end = start === null ? -1 : closingBrace(before, start.index + start[0].length);
  if (end < 0) throw new Error(`${file} has no block like ${pattern}: add to it by hand\n${text.trim()}`);
  tree.write(file, before.slice(0, end) + text + before.slice(end));
}

/** The index of the brace that closes what was opened before `from`; -1: none does. */
function closingBrace(text, from) {
  let open = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') open++;
    else if (text[at] === '}' && --open === 0) return at;
  }
  return -1;
}

/** Puts text at the end. */
export const append = (tree, file, text) => tree.write(file, readText(tree, file) + text);
