import { builtinModules } from 'node:module';

/** Packages that Nest loads by name at run time, which no import shows. */
const LOADED_LAZILY = {
  '@nestjs/core': ['@nestjs/platform-fastify'],
  '@nestjs/microservices': ['@grpc/grpc-js', '@grpc/proto-loader'],
  '@nestjs/common': ['reflect-metadata', 'rxjs'],
  'nestjs-pino': ['pino', 'pino-http'],
  '@willsoto/nestjs-prometheus': ['prom-client'],
};

/** The package that an import specifier belongs to. */
const packageOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/**
 * The package.json of a built app: exactly what its bundle imports, at the versions of the workspace's lock.
 * @param {string} project the app's folder
 * @param {import('rolldown').RolldownOutput['output']} chunks what the bundler wrote
 * @param {Record<string, {version: string}>} lock `packages` of package-lock.json
 */
export function deployManifest(project, chunks, lock) {
  const files = new Set(chunks.map((chunk) => chunk.fileName));
  const imported = chunks.flatMap((chunk) =>
    chunk.type === 'chunk' ? [...chunk.imports, ...chunk.dynamicImports] : [],
  );
  const names = new Set(
    imported.filter((id) => !id.startsWith('node:') && !builtinModules.includes(id) && !files.has(id)).map(packageOf),
  );
  for (const [name, lazy] of Object.entries(LOADED_LAZILY))
    if (names.has(name)) lazy.forEach((each) => names.add(each));
  const dependencies = Object.fromEntries(
    [...names].sort().map((name) => [name, lock[`node_modules/${name}`].version]),
  );
  return { name: project.split('/').pop(), private: true, type: 'module', main: 'main.js', dependencies };
}
