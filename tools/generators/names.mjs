// What a service and its methods are called, everywhere that they are named.
const SERVICE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const METHOD = /^[A-Z][A-Za-z0-9]*$/;
const MAX_NAME = 40;

const pascal = (kebab) => kebab.replace(/(?:^|-)([a-z0-9])/g, (_match, letter) => letter.toUpperCase());
export const camel = (text) => text[0].toLowerCase() + text.slice(1);
export const kebab = (text) => text.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();

/** `book` is `books`, `library` is `libraries`, `box` is `boxes`. */
export function plural(noun) {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
}

/**
 * The names of a service. `bookshelf` and `bookshelf-service` are both known as `bookshelf-service` to the registry.
 * @param {string} name the app's
 * @throws {Error} when it is no name
 */
export function serviceNames(name) {
  if (!SERVICE.test(name) || name.length > MAX_NAME)
    throw new Error(`"${name}" is no name of a service: lower case with hyphens, at most ${MAX_NAME} characters`);
  const base = name.replace(/-service$/, '');
  return {
    name,
    base,
    identity: `${base}-service`,
    package: base.replaceAll('-', '_'),
    className: pascal(base),
    propertyName: camel(pascal(base)),
    prefix: `${base.replaceAll('-', '_').toUpperCase()}_`,
    path: `/api/v1/${base}`,
  };
}

/** @throws {Error} when it is no name of a method */
export function checkMethod(method) {
  if (!METHOD.test(method)) throw new Error(`"${method}" is no name of a method: PascalCase, such as GetBook`);
}
