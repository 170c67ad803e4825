import { create, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { expect, test } from '@jest/globals';
import { commentsIn, withComments } from './comments';
import { compileContract } from './compile';
import { descriptorSetOf } from './descriptor-set';
import { RegistryService } from './gen/gateway/registry/v1/registry_pb';
import { lineOf } from './source-line';

const place = { path: [6, 0, 2, 1], span: [3, 0, 9] };

test('comments are those before a declaration, else those behind it', () => {
  const location = [
    { path: [], leadingComments: ' The file.\n' },
    { ...place, leadingComments: ' Before.\n', trailingComments: ' Behind.\n' },
    { path: [4, 0], trailingComments: ' Behind.\n' },
    { path: [5, 0] },
  ];
  const file = create(FileDescriptorProtoSchema, { sourceCodeInfo: { location } });
  const comments = { '': ' The file.\n', '6,0,2,1': ' Before.\n', '4,0': ' Behind.\n' };
  expect(commentsIn(file)).toEqual(comments);
  expect(commentsIn(withComments(file, comments))).toEqual(comments);
  expect(withComments(file, {}).sourceCodeInfo).toBeUndefined();
  expect(file.sourceCodeInfo!.location[1]!.span).toEqual([3, 0, 9]);
});

test('a contract has the comments that are given, and no lines', () => {
  const name = 'gateway/registry/v1/registry.proto';
  const bytes = descriptorSetOf([RegistryService.file], { [name]: { '6,0': ' The registry.\n' } });
  const files = fromBinary(FileDescriptorSetSchema, bytes).file;
  expect(files.filter((file) => file.sourceCodeInfo !== undefined).map((file) => file.name)).toEqual([name]);
  expect(commentsIn(files.find((file) => file.name === name)!)).toEqual({ '6,0': ' The registry.\n' });
  expect(RegistryService.file.proto.sourceCodeInfo).toBeUndefined();
  const { registry } = compileContract(bytes);
  expect(lineOf(registry, { file: name, symbol: RegistryService.typeName })).toBeUndefined();
});
