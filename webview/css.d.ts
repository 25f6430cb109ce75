/** Style sheets are imported for esbuild, which joins them into inspector.css. */
declare module '*.css';
