import type { DescFile } from '@bufbuild/protobuf';
import {
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from '@bufbuild/protobuf/wkt';
import { file_buf_validate_validate } from './gen/buf/validate/validate_pb';
import { file_gateway_v1_policy } from './gen/gateway/v1/policy_pb';
import { file_google_api_annotations } from './gen/google/api/annotations_pb';
import { file_google_api_httpbody } from './gen/google/api/httpbody_pb';

/** The files that contracts import and nobody should have to bring: options and well-known types, with their imports. */
export function providedFiles(): DescFile[] {
  const files = new Set<DescFile>();
  const visit = (file: DescFile): void => {
    if (files.has(file)) return;
    files.add(file);
    file.dependencies.forEach(visit);
  };
  [
    file_google_api_annotations,
    file_google_api_httpbody,
    file_gateway_v1_policy,
    file_buf_validate_validate,
    file_google_protobuf_any,
    file_google_protobuf_duration,
    file_google_protobuf_empty,
    file_google_protobuf_field_mask,
    file_google_protobuf_struct,
    file_google_protobuf_timestamp,
    file_google_protobuf_wrappers,
  ].forEach(visit);
  return [...files];
}
