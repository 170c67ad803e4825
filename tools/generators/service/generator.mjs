// npx nx g @gateway/tools:service <name>
import { join } from 'node:path';
import { formatFiles, generateFiles } from '@nx/devkit';
import { generateCode } from '../generate-code.mjs';
import { methodShape } from '../method-shape.mjs';
import { serviceNames } from '../names.mjs';
import { handlerOf, messagesOf, rpcOf, testOf } from '../write-method.mjs';
import { freePorts } from './free-ports.mjs';
import { makeKnown } from './make-known.mjs';

/**
 * Writes a service, and its rows wherever apps are listed.
 * @param {import('@nx/devkit').Tree} tree
 * @param {{ name: string, method: string }} options
 */
export default async function service(tree, { name, method }) {
  const names = serviceNames(name);
  refuseTaken(tree, names);
  const shape = methodShape(names.path, method);
  const ports = freePorts(tree);
  const parts = { rpc: rpcOf(shape), messages: messagesOf(shape), handler: handlerOf(shape), test: testOf(shape) };
  generateFiles(tree, join(import.meta.dirname, 'files'), '.', { ...names, ...ports, ...parts, template: '' });
  makeKnown(tree, names, ports);
  await formatFiles(tree);
  return () => {
    generateCode(tree.root, names);
    console.log(`npm start knows ${name} now: gRPC on ${ports.grpcPort}, admin on ${ports.adminPort}`);
  };
}

function refuseTaken(tree, { name, package: folder }) {
  for (const taken of [`apps/${name}`, `protos/${folder}`])
    if (tree.exists(taken)) throw new Error(`${taken} is there already`);
}
