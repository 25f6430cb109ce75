export * from './btf';
export * from './hook';
export * from './map-page';
export * from './node-info';
export * from './snapshot';
export * from './workload';
