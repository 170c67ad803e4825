export { acceptedVersions, versionedType, type AcceptedVersions } from './accept';
export { ApiPaths } from './api-paths';
export { type Brownout, stretchAt, type Stretch } from './brownouts';
export { ANONYMOUS, CallerLedger, type CallerRecord } from './callers';
export {
  chooseVersion,
  type ChosenBy,
  type VersionChoice,
  type VersionOffer,
  type VersionQuestion,
} from './choose-version';
export { type Deprecation, deprecationHeaders } from './deprecation-headers';
export { type Phase, RouteLife } from './route-life';
export { compareVersions, isVersion, readVersion } from './version';
export { FormError } from './forms/form-error';
export { type JsonForm } from './forms/message-form';
export { VersionForms } from './forms/compile-forms';
