export { Ledger, type LedgerEntry } from './ledger';
export { LoadForecaster, type Forecast, type ForecasterOptions } from './load-forecaster';
export { MAX_RATE } from './load-model';
export { StaticPolicy, type EndpointLoad, type PolicyName, type ScalingPolicy, type ServiceLoad } from './policy';
export { PredictivePolicy } from './predictive-policy';
export { ReactivePolicy } from './reactive-policy';
export { ServiceScaler, type ScalerOptions, type ServiceSample } from './service-scaler';
export { TARGET_UTILISATION, concurrencyOf, connectionsFor, type Bounds, type Demand } from './sizing';
