// npx nx g @gateway/tools:endpoint <service> <Method>
import { formatFiles } from '@nx/devkit';
import { append, insertAtEndOfBlock, readText } from '../edit.mjs';
import { generateCode } from '../generate-code.mjs';
import { methodShape } from '../method-shape.mjs';
import { serviceNames } from '../names.mjs';
import { handlerOf, messagesOf, rpcOf, testOf } from '../write-method.mjs';

/**
 * Adds a method to the contract, the controller and the spec of a service.
 * @param {import('@nx/devkit').Tree} tree
 * @param {{ service: string, method: string }} options
 */
export default async function endpoint(tree, { service, method }) {
  const names = serviceNames(service);
  const shape = methodShape(names.path, method);
  const { contract, controller, spec } = filesOf(names);
  if (readText(tree, contract).includes(`rpc ${method}(`))
    throw new Error(`${contract} has a method ${method} already`);
  insertAtEndOfBlock(tree, contract, new RegExp(`service ${names.className}Service \\{`), rpcOf(shape));
  append(tree, contract, messagesOf(shape));
  insertAtEndOfBlock(tree, controller, /export class \w+ \{/, handlerOf(shape));
  append(tree, spec, testOf(shape));
  await formatFiles(tree);
  return () => {
    generateCode(tree.root, names);
    console.log(`${method} is ${shape.rule}: write what it does in ${controller}`);
  };
}

const filesOf = ({ name, base, package: folder }) => ({
  contract: `protos/${folder}/v1/${folder}_service.proto`,
  controller: `apps/${name}/src/${base}.controller.ts`,
  spec: `apps/${name}/src/${base}.spec.ts`,
});
