export * from './address';
export * from './ports';
export * from './range';
